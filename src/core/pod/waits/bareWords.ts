/** Wrappings that say nothing: each layer between the cause and the kubelet adds one. */
const WRAPPINGS: readonly RegExp[] = [
  /^Back-off pulling image "[^"]*":? ?/,
  /^ErrImagePull: /,
  /^Failed to pull image "[^"]*": /,
  /^rpc error: code = \w+ desc = /,
  /^(failed to pull and unpack image|failed to resolve reference) "[^"]*": /,
  /^failed to resolve image: /,
  /^(MountVolume\.\w+|AttachVolume\.\w+|UnmountVolume\.\w+) failed for volume "[^"]*" : /,
  /^Failed to create pod sandbox: /,
  /^failed to (setup network for|create|start|reserve) sandbox( name)?( "[^"]*")?: /,
];

/** The words of whoever knows the cause, without the wrappings of those who passed them on. */
export function bareWords(message: string): string {
  let words = message.trim();
  for (let before = ''; before !== words; ) {
    before = words;
    for (const wrapping of WRAPPINGS) {
      words = words.replace(wrapping, '');
    }
  }
  return words === '' ? message.trim() : words;
}
