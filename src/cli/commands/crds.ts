import { allCrds } from '../../crd/allCrds.ts';
import { EXIT, type ExitCode } from '../cliError.ts';
import type { CliContext } from '../context.ts';
import { toYaml } from '../output/yaml.ts';

/** `endwell crds`: every CustomResourceDefinition as YAML documents, for `kubectl apply --server-side -f -`. */
export async function crds(context: CliContext): Promise<ExitCode> {
  context.out(
    allCrds()
      .map((crd) => `---\n${toYaml(crd)}`)
      .join(''),
  );
  return EXIT.ok;
}
