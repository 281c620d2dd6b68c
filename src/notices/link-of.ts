/** Where a run is read. */
export function linkOf(runId: string, publicUrl: string | undefined): string | undefined {
  return publicUrl === undefined ? undefined : `${publicUrl}/api/v1/runs/${encodeURIComponent(runId)}`;
}
