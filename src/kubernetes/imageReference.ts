/** A container image as a pod names it. */
export interface ImageReference {
  /** With its port; undefined when the text names none (`alpine`, `team/app`). */
  readonly registry: string | undefined;
  readonly repository: string;
  readonly tag: string | undefined;
  /** `sha256:…` */
  readonly digest: string | undefined;
}

/** A text that names no image. The message quotes it and says what is wrong. */
export class ImageReferenceError extends Error {
  override readonly name = 'ImageReferenceError';
}

const PATH_PART = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const REGISTRY =
  /^(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*(?::\d+)?$|^\[[0-9a-fA-F:]+\](?::\d+)?$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;
/** The longest name that registries take, without tag and digest. */
const MAX_NAME = 255;

/** Reads `registry:5000/team/app:1.2@sha256:…`; the grammar is that of the OCI distribution. Throws `ImageReferenceError`. */
export function parseImageReference(text: string): ImageReference {
  const refuse = (why: string): never => {
    throw new ImageReferenceError(`reading image reference ${JSON.stringify(text)}: ${why}`);
  };
  if (text === '') refuse('it is empty');
  if (/\s/.test(text)) refuse('it contains white space');
  const [beforeDigest = '', digest, ...more] = text.split('@');
  if (more.length > 0) refuse("it contains more than one '@'");
  if (digest !== undefined && !DIGEST.test(digest))
    refuse(`${JSON.stringify(digest)} is not a digest such as sha256:…`);
  const { name, tag } = splitTag(beforeDigest);
  if (tag !== undefined && !TAG.test(tag)) {
    refuse(
      `tag ${JSON.stringify(tag)} must be 1 to 128 letters, digits, '_', '.' or '-', and not begin with '.' or '-'`,
    );
  }
  const { registry, repository } = splitRegistry(name);
  if (registry !== undefined && !REGISTRY.test(registry)) refuse(`${JSON.stringify(registry)} is not a host`);
  if (!repository.split('/').every((part) => PATH_PART.test(part))) {
    refuse("the name must be lower case letters and digits, separated by '.', '_', '-' or '/'");
  }
  if (name.length > MAX_NAME) refuse(`the name is longer than ${MAX_NAME} characters`);
  return { registry, repository, tag, digest };
}

function splitTag(text: string): { readonly name: string; readonly tag: string | undefined } {
  const colon = text.lastIndexOf(':');
  if (colon <= text.lastIndexOf('/')) return { name: text, tag: undefined };
  return { name: text.slice(0, colon), tag: text.slice(colon + 1) };
}

/** The first part is a registry when it can't be part of a Docker Hub name: it has a dot or port, or is localhost. */
function splitRegistry(name: string): { readonly registry: string | undefined; readonly repository: string } {
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(slash, 0));
  if (slash > 0 && (/[.:A-Z]/.test(first) || first === 'localhost')) {
    return { registry: first, repository: name.slice(slash + 1) };
  }
  return { registry: undefined, repository: name };
}
