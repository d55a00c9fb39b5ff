using System.Text.Json;
using Scheduler.Shards;

namespace Scheduler.Client;

/// <summary>What is wrong with the place of a rewind.</summary>
static class RewindCheck
{
    /// <summary>What the place means to a shard.</summary>
    /// <exception cref="SchedulerException">It means none, several, or none of that mode's.</exception>
    public static RewindPlace Place(RewindTarget? to, PollingMode mode, DateTimeOffset now)
    {
        var given = new[] { to?.Beginning is null ? null : "beginning", to?.Time is null ? null : "time", to?.Key is null ? null : "key" }.OfType<string>().ToArray();
        if (given.Length != 1) throw Wrong("to", $"expected exactly one of beginning, time, key; got {(given.Length == 0 ? "none" : string.Join(" and ", given))}");
        if (to!.Beginning is { } beginning) return beginning ? new(null, null) : throw Wrong("to.beginning", "expected true, got false");
        if (to.Key is { } key)
            return mode == PollingMode.Full ? new(Text("to.key", key), null) : throw Wrong("to.key", $"expected beginning or time for a task of mode {WireText.Of(mode)}, got a key: its cursor goes by time");
        if (mode != PollingMode.Full) return to.Time <= now ? new(null, to.Time) : throw Wrong("to.time", $"expected a time that has come (now: {now:O}), got {to.Time:O}");
        throw Wrong("to.time", "expected beginning or key for a task of mode full, got a time: its cursor goes by key");
    }

    static string Text(string field, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String when value.GetString() is { Length: > 0 and <= 1000 } text && !text.Contains('\0') => text,
        JsonValueKind.Number when value.TryGetInt64(out _) => value.GetRawText(),
        _ => throw Wrong(field, $"expected 1 to 1000 characters without NUL, or a whole number of 64 bits, as the shard's cursor shows it; got {(value.GetRawText() is { Length: <= 100 } given ? given : "more")}"),
    };

    static SchedulerException Wrong(string field, string message) => new([new FieldError(field, message)]);
}
