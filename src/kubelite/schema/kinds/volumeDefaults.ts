import type { DownwardAPIVolumeFile, Volume, VolumeProjection } from 'kubernetes-types/core/v1.d.ts';

/** 0644, as JSON has it. */
const FILE_MODE = 420;
/** An hour, in seconds. */
const TOKEN_SECONDS = 3600;

/** A volume with the API server's defaults; one without a source is an emptyDir. */
export function defaultVolume(volume: Volume): Volume {
  const { configMap, secret, downwardAPI, projected, hostPath } = volume;
  if (Object.keys(volume).every((field) => field === 'name')) return { ...volume, emptyDir: {} };
  return {
    ...volume,
    ...(configMap ? { configMap: { defaultMode: FILE_MODE, ...configMap } } : {}),
    ...(secret ? { secret: { defaultMode: FILE_MODE, ...secret } } : {}),
    ...(downwardAPI
      ? { downwardAPI: { defaultMode: FILE_MODE, ...downwardAPI, ...files(downwardAPI) } }
      : {}),
    ...(projected
      ? {
          projected: {
            defaultMode: FILE_MODE,
            ...projected,
            sources: projected.sources?.map(defaultSource) ?? [],
          },
        }
      : {}),
    ...(hostPath ? { hostPath: { type: '', ...hostPath } } : {}),
  };
}

function defaultSource(source: VolumeProjection): VolumeProjection {
  const { serviceAccountToken: token, downwardAPI } = source;
  return {
    ...source,
    ...(token ? { serviceAccountToken: { expirationSeconds: TOKEN_SECONDS, ...token } } : {}),
    ...(downwardAPI ? { downwardAPI: { ...downwardAPI, ...files(downwardAPI) } } : {}),
  };
}

function files(part: { readonly items?: readonly DownwardAPIVolumeFile[] }): {
  items?: DownwardAPIVolumeFile[];
} {
  if (!part.items) return {};
  return {
    items: part.items.map((item) =>
      item.fieldRef
        ? { ...item, fieldRef: { ...item.fieldRef, apiVersion: item.fieldRef.apiVersion || 'v1' } }
        : item,
    ),
  };
}
