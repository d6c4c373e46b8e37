"""The compliance officer's desk: searching the trail, certifying who could read, findings, exports, holds."""
