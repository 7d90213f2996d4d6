import type { ControllerRevision } from 'kubernetes-types/apps/v1.d.ts';
import { deleteUnowned } from '../../actions/deleteUnowned.ts';
import { listPages } from '../../actions/listPages.ts';
import { runs } from '../../actions/resources.ts';
import { LABEL } from '../../core/naming/naming.ts';
import { isOurTemplate } from '../../core/sweep/isOurs.ts';
import { controllerRevisions } from '../../kube/resources.ts';
import { objectKey } from '../../kube/watch/store.ts';
import type { Templates } from '../templates.ts';
import type { Watches } from '../watches.ts';
import { groupBy } from './groupBy.ts';
import type { SweepRound } from './sweepRound.ts';

/** What the sweep of templates looks at. */
export interface TemplateSweepParts {
  readonly watches: Pick<Watches, 'runs'>;
  readonly templates: Pick<Templates, 'forget'>;
  /** Empty: all. */
  readonly watchNamespaces: readonly string[];
}

/**
 * Frozen templates that no run of their namespace names. The cache is enough for a mark; before a deletion the API
 * server is asked for all runs of the namespace, after the revision was read: who relies on it meanwhile has taken the mark
 * off (`freezeTemplate`), and the deletion is refused by its version.
 */
export async function sweepTemplates(round: SweepRound, parts: TemplateSweepParts): Promise<void> {
  const named = new Set(
    parts.watches.runs().map(({ metadata, status }) => key(metadata.namespace, status?.template)),
  );
  const scopes =
    parts.watchNamespaces.length === 0 ? [{}] : parts.watchNamespaces.map((namespace) => ({ namespace }));
  for (const scope of scopes) {
    const due: ControllerRevision[] = [];
    const some = { ...scope, labelSelector: LABEL.template };
    for await (const revision of listPages(round.client, controllerRevisions, some, round.options)) {
      if (!round.goesOn()) return;
      if (!isOurTemplate(revision)) {
        round.leave(controllerRevisions, revision, 'its name is not made from what it holds: it is not ours');
      } else if (named.has(objectKey(revision.metadata ?? {}))) {
        await round.keep(controllerRevisions, revision);
      } else if (round.stateOf(revision) === 'due') {
        due.push(revision);
      } else if (round.stateOf(revision) === 'none') {
        // A run that is accepted from now on stores the template again, which takes the mark off.
        parts.templates.forget(objectKey(revision.metadata ?? {}));
        await round.mark(controllerRevisions, revision);
      }
    }
    await deleteUnnamed(round, due);
  }
}

async function deleteUnnamed(round: SweepRound, due: readonly ControllerRevision[]): Promise<void> {
  for (const [namespace, revisions] of groupBy(due, ({ metadata }) => metadata?.namespace ?? '')) {
    if (!round.goesOn()) return;
    const named = new Set<string>();
    for await (const { status } of listPages(round.client, runs, { namespace }, round.options)) {
      if (status?.template !== undefined) named.add(status.template);
    }
    for (const revision of revisions) {
      if (named.has(revision.metadata?.name ?? '')) await round.keep(controllerRevisions, revision);
      else {
        await round.act('deleted', controllerRevisions, () =>
          deleteUnowned(round.client, controllerRevisions, revision, round.options),
        );
      }
    }
  }
}

function key(namespace: string | undefined, name: string | undefined): string {
  return objectKey({
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
  });
}
