import type { Workflow } from './workflow.ts';

/** What stands for a secret. */
const MASK = '<redacted>';

/** Fields that hold a secret, by a part of their name. Rather one too many: who needs the value reads the Secret. */
const SECRET_NAME =
  /password|passphrase|secret|token|jwt|credential|api[-_.]?key|private[-_.]?key|access[-_.]?key|ssl[-_.]?key|cert(ificate)?(value)?$|certificate|auth(orization|entication|string)|user[-_.]?info|cookie/i;

/** Names that match and hold no secret. */
const NO_SECRET = new Set(['secretsManagerProvider', 'secretsManagerLoader']);

/** Mappings of any content, where any value may be a secret: what drivers and applications are given beside their fields. */
const ANY_CONTENT =
  /^(connection(Options|Arguments)|appPrivateConfig|consumerConfig|schemaRegistryConfig|customHeaders|headers)$/;

/** Secrets inside of text: an Authorization value, a JSON web token, credentials of a URL. */
const SECRET_TEXT =
  /\b(?:Bearer|Basic)\s+[\w.~+/-]+=*|\beyJ[\w-]+\.[\w-]+\.[\w-]*|(?<=:\/\/)[^\s/@]+(?=@)|-----BEGIN[^-]*PRIVATE KEY-----[^-]*-----END[^-]*-----/g;

/**
 * The workflow for people to read: every value that may be a secret is masked, by the name of its field, by the mapping that
 * it stands in, or by its shape. What a run uses is the Secret; this is never read back.
 */
export function redactWorkflow(workflow: Workflow): Workflow {
  return Object.fromEntries(Object.entries(workflow).map(([key, value]) => [key, redactField(key, value)]));
}

function redactField(key: string, value: unknown): unknown {
  if (ANY_CONTENT.test(key)) return maskLeaves(value);
  if (isSecretName(key) && (typeof value !== 'object' || Array.isArray(value))) return maskLeaves(value);
  return redactValue(value);
}

function redactValue(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll(SECRET_TEXT, MASK);
  if (Array.isArray(value)) return value.map(redactValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, redactField(key, inner)]));
}

/** Names stay, so that people see what is set. Switches and empty values tell no secret. */
function maskLeaves(value: unknown): unknown {
  if (typeof value === 'boolean' || value === null || value === undefined || value === '') return value;
  if (Array.isArray(value)) return value.map(maskLeaves);
  if (typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, maskLeaves(inner)]));
  return MASK;
}

function isSecretName(key: string): boolean {
  return SECRET_NAME.test(key) && !NO_SECRET.has(key);
}
