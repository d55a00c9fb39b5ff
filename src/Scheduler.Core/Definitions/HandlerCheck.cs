namespace Scheduler.Definitions;

/// <summary>What is wrong with the handler of a definition.</summary>
static class HandlerCheck
{
    const int MostRows = 100_000;
    const int MostThreads = 64;
    const int MostAttempts = 100;
    const int MostPerDatabase = 10_000;
    const int MostRowsPerSecond = 1_000_000_000;
    static readonly TimeSpan LongestLag = TimeSpan.FromHours(1);

    public static IReadOnlyList<FieldError> Check(HandlerDefinition? handler, IReadOnlyDictionary<string, HandlerKind> known, int maxShards, Func<string, bool> readsChanges)
    {
        List<FieldError> errors = [];
        (string Kind, object? Value)[] kinds = [("code", handler?.Code), ("polling", handler?.Polling), ("sqlPolling", handler?.SqlPolling)];
        var given = kinds.Where(each => each.Value is not null).Select(each => each.Kind).ToArray();
        if (given is not [var kind])
        {
            errors.Add(new("handler", $"expected exactly one of {string.Join(", ", kinds.Select(each => each.Kind))}; got {(given.Length == 0 ? "none" : string.Join(" and ", given))}"));
            return errors;
        }
        if (handler!.Kind == HandlerKind.SqlPolling)
            CheckServed(handler.Kind, known, errors);
        else
            CheckKnown($"handler.{kind}.handler", handler.Polling?.Handler ?? handler.Code?.Handler, handler.Kind, known, errors);
        if (handler.Shape is { } shape) CheckShape($"handler.{kind}", shape, known, maxShards, errors);
        if (handler.Polling is { } polling) CheckChanges(polling, known, readsChanges, errors);
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

    static void CheckServed(HandlerKind kind, IReadOnlyDictionary<string, HandlerKind> known, List<FieldError> errors)
    {
        if (known.GetValueOrDefault(Name(kind)) != kind) errors.Add(new($"handler.{Name(kind)}", $"expected a kind that a node serves, got {Name(kind)}, which none does"));
    }

    static void CheckShape(string path, IPollingShape polling, IReadOnlyDictionary<string, HandlerKind> known, int maxShards, List<FieldError> errors)
    {
        if (!Enum.IsDefined(polling.Mode))
            errors.Add(new($"{path}.mode", $"expected one of full, incremental, fullThenIncremental; got {polling.Mode:D}"));
        if (polling.Lag < TimeSpan.Zero || polling.Lag > LongestLag)
            errors.Add(new($"{path}.lag", $"expected zero to one hour, got {polling.Lag:c}"));
        if (polling.Shards is null)
            errors.Add(new($"{path}.shards", "expected either databases and tables, or list, or discover; got nothing"));
        else
            errors.AddRange(ShardPatterns.Check(polling.Shards, maxShards).Select(error => error with { Field = $"{path}.shards{error.Field[ShardPatterns.Field.Length..]}" }));
        if (polling.Shards?.Discover is { } discover)
            CheckKnown($"{path}.shards.discover", discover, HandlerKind.Discovery, known, errors);
        if (polling.PageSize is < 1 or > MostRows)
            errors.Add(new($"{path}.pageSize", $"expected 1 to {MostRows}, got {polling.PageSize}"));
        if (polling.ThreadCount is < 1 or > MostThreads)
            errors.Add(new($"{path}.threadCount", $"expected 1 to {MostThreads}, got {polling.ThreadCount}"));
        if (polling.BatchSize is { } batch && (batch < 1 || batch > Math.Clamp(polling.PageSize, 1, MostRows)))
            errors.Add(new($"{path}.batchSize", $"expected 1 to pageSize ({polling.PageSize}), got {batch}"));
        CheckLimits(path, polling, errors);
    }

    static void CheckLimits(string path, IPollingShape polling, List<FieldError> errors)
    {
        if (polling.DeadLetter is { AfterAttempts: < 1 or > MostAttempts } deadLetter)
            errors.Add(new($"{path}.deadLetter.afterAttempts", $"expected 1 to {MostAttempts}, got {deadLetter.AfterAttempts}"));
        if (polling.Limits is not { } limits) return;
        if (limits is { PerDatabase: null, RowsPerSecond: null })
            errors.Add(new($"{path}.limits", "expected perDatabase or rowsPerSecond or both, got neither"));
        if (limits.PerDatabase is < 1 or > MostPerDatabase)
            errors.Add(new($"{path}.limits.perDatabase", $"expected 1 to {MostPerDatabase}, got {limits.PerDatabase}"));
        if (limits.RowsPerSecond is < 1 or > MostRowsPerSecond)
            errors.Add(new($"{path}.limits.rowsPerSecond", $"expected 1 to {MostRowsPerSecond}, got {limits.RowsPerSecond}"));
    }

    static void CheckChanges(PollingDefinition polling, IReadOnlyDictionary<string, HandlerKind> known, Func<string, bool> readsChanges, List<FieldError> errors)
    {
        if (polling.Mode is not (PollingMode.Incremental or PollingMode.FullThenIncremental) || polling.Handler is null || known.GetValueOrDefault(polling.Handler) != HandlerKind.Polling) return;
        if (!readsChanges(polling.Handler))
            errors.Add(new("handler.polling.mode", $"expected full, since handler \"{polling.Handler}\" cannot read changes (it has no time column); got {WireText.Of(polling.Mode)}"));
    }

    static string Name(HandlerKind kind) => WireText.Of(kind);
}
