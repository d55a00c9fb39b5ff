namespace Scheduler.Handlers.Polling;

/// <summary>A row as it was read: where it stands, and its columns as JSON.</summary>
readonly record struct SqlRow(Cursor Cursor, ReadOnlyMemory<byte> Json);
