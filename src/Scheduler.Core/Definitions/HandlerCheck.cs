namespace Scheduler.Definitions;

/// <summary>What is wrong with the handler of a definition.</summary>
static class HandlerCheck
{
    const int MostRows = 100_000;
    const int MostThreads = 64;
    static readonly TimeSpan LongestLag = TimeSpan.FromHours(1);

    public static IReadOnlyList<FieldError> Check(HandlerDefinition? handler, IReadOnlyDictionary<string, HandlerKind> known, int maxShards, Func<string, bool> readsChanges)
    {
        List<FieldError> errors = [];
        switch (handler)
        {
            case { Code: { } code, Polling: null }:
                CheckKnown("handler.code.handler", code.Handler, HandlerKind.Code, known, errors);
                break;
            case { Polling: { } polling, Code: null }:
                CheckKnown("handler.polling.handler", polling.Handler, HandlerKind.Polling, known, errors);
                CheckPolling(polling, maxShards, errors);
                CheckChanges(polling, known, readsChanges, errors);
                break;
            default:
                errors.Add(new("handler", $"expected exactly one of code, polling; got {(handler?.Code is null ? "none" : "both")}"));
                break;
        }
        return errors;
    }

    static void CheckKnown(string field, string? name, HandlerKind kind, IReadOnlyDictionary<string, HandlerKind> known, List<FieldError> errors)
    {
        if (name is not null && known.TryGetValue(name, out var actual))
        {
            if (actual != kind) errors.Add(new(field, $"expected a {Name(kind)} handler, got \"{name}\", which is a {Name(actual)} handler"));
            return;
        }
        string[] candidates = [.. known.Where(each => each.Value == kind).Select(each => each.Key).Order(StringComparer.Ordinal)];
        var hint = candidates.Length == 0 ? $"No node has registered a {Name(kind)} handler." : Suggestion.For(name ?? "", candidates) is { } meant ? $"Did you mean \"{meant}\"?" : "";
        errors.Add(new(field, $"expected the name of a registered {Name(kind)} handler, got {(name is null ? "nothing" : $"\"{name}\"")}. {hint}".TrimEnd()));
    }

    static void CheckPolling(PollingDefinition polling, int maxShards, List<FieldError> errors)
    {
        if (!Enum.IsDefined(polling.Mode))
            errors.Add(new("handler.polling.mode", $"expected one of full, incremental, fullThenIncremental; got {polling.Mode:D}"));
        if (polling.Lag < TimeSpan.Zero || polling.Lag > LongestLag)
            errors.Add(new("handler.polling.lag", $"expected zero to one hour, got {polling.Lag:c}"));
        if (polling.Shards is null)
            errors.Add(new("handler.polling.shards", "expected either databases and tables, or list, or discover; got nothing"));
        else
            errors.AddRange(ShardPatterns.Check(polling.Shards, maxShards));
        if (polling.PageSize is < 1 or > MostRows)
            errors.Add(new("handler.polling.pageSize", $"expected 1 to {MostRows}, got {polling.PageSize}"));
        if (polling.ThreadCount is < 1 or > MostThreads)
            errors.Add(new("handler.polling.threadCount", $"expected 1 to {MostThreads}, got {polling.ThreadCount}"));
        if (polling.BatchSize is { } batch && (batch < 1 || batch > Math.Clamp(polling.PageSize, 1, MostRows)))
            errors.Add(new("handler.polling.batchSize", $"expected 1 to pageSize ({polling.PageSize}), got {batch}"));
    }

    static void CheckChanges(PollingDefinition polling, IReadOnlyDictionary<string, HandlerKind> known, Func<string, bool> readsChanges, List<FieldError> errors)
    {
        if (polling.Shards?.Discover is { } discover)
            CheckKnown("handler.polling.shards.discover", discover, HandlerKind.Discovery, known, errors);
        if (polling.Mode is not (PollingMode.Incremental or PollingMode.FullThenIncremental) || polling.Handler is null || known.GetValueOrDefault(polling.Handler) != HandlerKind.Polling) return;
        if (!readsChanges(polling.Handler))
            errors.Add(new("handler.polling.mode", $"expected full, since handler \"{polling.Handler}\" cannot read changes (it has no time column); got {System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(polling.Mode.ToString())}"));
    }

    static string Name(HandlerKind kind) => kind.ToString().ToLowerInvariant();
}
