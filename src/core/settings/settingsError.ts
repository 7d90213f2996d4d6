/** Settings that can't be used: the message says which, where it stands and what is allowed. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}
