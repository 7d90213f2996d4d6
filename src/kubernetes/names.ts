/**
 * Kubernetes' rules for names. Each function returns what is wrong, in the API server's own sentences;
 * an empty list means that the name is good.
 */
export type NameRule = (value: string) => readonly string[];

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const QUALIFIED = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const LABEL_VALUE = `(${QUALIFIED})?`;
const DNS_1035 = '[a-z]([-a-z0-9]*[a-z0-9])?';
const CONFIG_KEY = '[-._a-zA-Z0-9]+';
const MAX_LABEL = 63;
const MAX_SUBDOMAIN = 253;
const QUALIFIED_SENTENCE =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

/** RFC 1123 label: namespaces, containers, volumes. */
export const dnsLabel: NameRule = (value) => {
  const errors = longerThan(value, MAX_LABEL);
  if (whole(LABEL).test(value)) return errors;
  if (whole(SUBDOMAIN).test(value)) return [...errors, 'must not contain dots'];
  return [
    ...errors,
    pattern(
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
      LABEL,
      ['my-name', '123-abc'],
    ),
  ];
};

/** RFC 1123 subdomain: names of most objects. */
export const dnsSubdomain: NameRule = (value) => {
  const errors = longerThan(value, MAX_SUBDOMAIN);
  if (whole(SUBDOMAIN).test(value)) return errors;
  return [
    ...errors,
    pattern(
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
      SUBDOMAIN,
      ['example.com'],
    ),
  ];
};

/** RFC 1035 label: names in a CustomResourceDefinition. */
export const dns1035Label: NameRule = (value) => {
  const errors = longerThan(value, MAX_LABEL);
  if (whole(DNS_1035).test(value)) return errors;
  return [
    ...errors,
    pattern(
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
      DNS_1035,
      ['my-name', 'abc-123'],
    ),
  ];
};

/** Keys of labels and annotations, finalizers, scheduling gates: an optional prefix, a slash and a name. */
export const qualifiedName: NameRule = (value) => {
  const parts = value.split('/');
  if (parts.length > 2) {
    const sentence = pattern(QUALIFIED_SENTENCE, QUALIFIED, ['MyName', 'my.name', '123-abc']);
    return [
      `a qualified name ${sentence} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const name = parts.at(-1) ?? '';
  return [...(parts.length === 2 ? prefixErrors(parts[0] ?? '') : []), ...namePartErrors(name)];
};

/** Values of labels. */
export const labelValue: NameRule = (value) => {
  const errors = longerThan(value, MAX_LABEL);
  if (whole(LABEL_VALUE).test(value)) return errors;
  return [
    ...errors,
    pattern(
      "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
      LABEL_VALUE,
      ['MyValue', 'my_value', '12345'],
    ),
  ];
};

/** Names of environment variables: anything printable but `=`, since Kubernetes 1.32. */
export const envName: NameRule = (value) => {
  if (value === '') return ['environment variable name must be non-empty'];
  if (/^[ -<>-~]*$/.test(value)) return [];
  return ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
};

/** Keys of the data of ConfigMaps and Secrets. */
export const configKey: NameRule = (value) => {
  const errors = [...longerThan(value, MAX_SUBDOMAIN)];
  if (!whole(CONFIG_KEY).test(value)) {
    errors.push(
      pattern("a valid config key must consist of alphanumeric characters, '-', '_' or '.'", CONFIG_KEY, [
        'key.name',
        'KEY_NAME',
        'key-name',
      ]),
    );
  }
  if (value === '.') errors.push("must not be '.'");
  else if (value === '..') errors.push("must not be '..'");
  else if (value.startsWith('..')) errors.push("must not start with '..'");
  return errors;
};

/** Names of container ports. */
export const portName: NameRule = (value) => {
  const errors: string[] = [];
  if (value.length > 15) errors.push('must be no more than 15 characters');
  if (!/^[-a-z0-9]+$/.test(value)) {
    errors.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  }
  if (!/[a-z]/.test(value)) errors.push('must contain at least one letter (a-z)');
  if (value.includes('--')) errors.push('must not contain consecutive hyphens');
  if (value.startsWith('-') || value.endsWith('-')) errors.push('must not begin or end with a hyphen');
  return errors;
};

function prefixErrors(prefix: string): string[] {
  if (prefix === '') return ['prefix part must be non-empty'];
  return dnsSubdomain(prefix).map((error) => `prefix part ${error}`);
}

function namePartErrors(name: string): string[] {
  const errors: string[] = [];
  if (name === '') errors.push('name part must be non-empty');
  else if (name.length > MAX_LABEL) errors.push(`name part must be no more than ${MAX_LABEL} characters`);
  if (!whole(QUALIFIED).test(name)) {
    errors.push(`name part ${pattern(QUALIFIED_SENTENCE, QUALIFIED, ['MyName', 'my.name', '123-abc'])}`);
  }
  return errors;
}

function longerThan(value: string, max: number): readonly string[] {
  return Buffer.byteLength(value) > max ? [`must be no more than ${max} characters`] : [];
}

function pattern(sentence: string, regex: string, examples: readonly string[]): string {
  const shown = examples.map((example) => `'${example}', `).join(' or ');
  return `${sentence} (e.g. ${shown}regex used for validation is '${regex}')`;
}

const compiled = new Map<string, RegExp>();

function whole(regex: string): RegExp {
  const known = compiled.get(regex) ?? new RegExp(`^${regex}$`);
  compiled.set(regex, known);
  return known;
}
