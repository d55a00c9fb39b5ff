using System.Text;
using System.Text.Json;
using Scheduler.Schedules;

namespace Scheduler.Definitions;

/// <summary>What is wrong with a task's definition.</summary>
public static class DefinitionCheck
{
    const int LongestName = 127;
    const int LongestDescription = 1000;
    /// <summary>The highest limit that there is: those who hold a key stand in one row.</summary>
    const int MostAtOnce = 1000;
    const int MostParameters = 64 * 1024;

    /// <summary>Everything that is wrong, in the order of the definition's fields; nothing where it is valid.</summary>
    /// <param name="definition">The definition, as whoever sent it.</param>
    /// <param name="handlers">The handlers that live nodes have registered, by name.</param>
    /// <param name="maxShards">How many shards a task may have.</param>
    /// <param name="readsChanges">Whether the polling handler of a name can read changes (<see cref="IPollingSource.CanReadChanges"/>); null: none is asked.</param>
    /// <param name="maxCatchUp">How many missed occurrences a task may make up for.</param>
    /// <param name="now">When a task is to get its schedule, which must be due from then on; null: whenever it is due.</param>
    /// <param name="createdAt">When that task was created; null: it is now.</param>
    public static IReadOnlyList<FieldError> Check(TaskDefinition definition, IReadOnlyDictionary<string, HandlerKind> handlers, int maxShards, Func<string, bool>? readsChanges = null, int maxCatchUp = 100,
        DateTimeOffset? now = null, DateTimeOffset? createdAt = null)
    {
        List<FieldError> errors = [];
        if (NameError(definition.Name) is { } nameError) Wrong("name", nameError);
        if (definition.Description?.Length > LongestDescription)
            Wrong("description", $"expected at most {LongestDescription} characters, got {definition.Description.Length}");
        if (definition.Schedule is { } schedule)
            errors.AddRange(ScheduleCheck.Check(schedule, maxCatchUp, now, createdAt));
        errors.AddRange(HandlerCheck.Check(definition.Handler, handlers, maxShards, readsChanges ?? (_ => true)));
        if (!Enum.IsDefined(definition.Overlap))
            Wrong("overlap", $"expected one of skip, queue, cancelPrevious, allow; got {definition.Overlap:D}");
        else if (definition is { Overlap: OverlapPolicy.Allow, Handler.Shape: not null })
            Wrong("overlap", "expected one of skip, queue, cancelPrevious for a polling task, whose shards have one cursor each; got allow");
        if (definition.Concurrency is { } concurrency)
            CheckConcurrency(concurrency, definition.Overlap, Wrong);
        if (definition.Timeout is { } timeout && ScheduleCheck.PeriodError(timeout) is { } timeoutError)
            Wrong("timeout", timeoutError);
        if (definition.Retry is { } retry)
            CheckRetry(retry, Wrong);
        if (!Enum.IsDefined(definition.OnNodeLost))
            Wrong("onNodeLost", $"expected one of rerun, fail; got {definition.OnNodeLost:D}");
        else if (definition is { OnNodeLost: NodeLossPolicy.Fail, Handler.Shape: not null })
            Wrong("onNodeLost", "expected rerun for a polling task, whose shards go on from their cursors; got fail");
        if (definition.Priority is < 1 or > 10)
            Wrong("priority", $"expected 1 to 10, got {definition.Priority}");
        if (definition.Parameters is { } parameters)
            CheckParameters(parameters, Wrong);
        return errors;

        void Wrong(string field, string message) => errors.Add(new(field, message));
    }

    /// <summary>What is wrong with a trigger's or a task's parameters; null where they are valid.</summary>
    public static FieldError? CheckParameters(JsonElement parameters)
    {
        FieldError? error = null;
        CheckParameters(parameters, (field, message) => error = new(field, message));
        return error;
    }

    static void CheckConcurrency(ConcurrencyDefinition concurrency, OverlapPolicy overlap, Action<string, string> wrong)
    {
        if (concurrency is { PerTask: null, Key: null, Limit: null })
            wrong("concurrency", "expected perTask, or limit with or without a key; got neither");
        if (concurrency.PerTask is < 1 or > MostAtOnce)
            wrong("concurrency.perTask", $"expected 1 to {MostAtOnce}, got {concurrency.PerTask}");
        if (concurrency.PerTask is not null && Enum.IsDefined(overlap) && overlap != OverlapPolicy.Allow)
            wrong("concurrency.perTask", $"expected overlap allow with it, since the other policies run one execution at a time; got {WireText.Of(overlap)}");
        if (concurrency.Limit is < 1 or > MostAtOnce)
            wrong("concurrency.limit", $"expected 1 to {MostAtOnce}, got {concurrency.Limit}");
        if (concurrency.Key is not null && CheckKey(concurrency.Key) is { } fault)
            wrong("concurrency.key", fault);
        if (concurrency is { Key: not null, Limit: null })
            wrong("concurrency.limit", "expected how many executions of the key may run at once, got nothing");
    }

    /// <summary>What is wrong with a concurrency key; null where it is valid.</summary>
    public static string? CheckKey(string key) =>
        key.Length is < 1 or > LongestName ? $"expected 1 to {LongestName} characters, got {key.Length}"
        : key.Any(each => char.IsControl(each) || char.IsSurrogate(each)) ? "expected characters that can be printed, and none beyond U+FFFF; got others"
        : null;

    static void CheckRetry(RetryPolicy retry, Action<string, string> wrong)
    {
        if (retry.MaxAttempts is < 1 or > 100)
            wrong("retry.maxAttempts", $"expected 1 to 100, got {retry.MaxAttempts}");
        if (retry.Backoff < TimeSpan.Zero || retry.Backoff > TimeSpan.FromDays(1))
            wrong("retry.backoff", $"expected zero to one day, got {retry.Backoff:c}");
        if (retry.Multiplier is not (>= 1 and <= 10)) // not-a-number is neither
            wrong("retry.multiplier", FormattableString.Invariant($"expected 1 to 10, got {retry.Multiplier}"));
        if (retry.MaxBackoff < TimeSpan.Zero || retry.MaxBackoff > TimeSpan.FromDays(7))
            wrong("retry.maxBackoff", $"expected zero to seven days, got {retry.MaxBackoff:c}");
        else if (retry.MaxBackoff < retry.Backoff && retry.Backoff <= TimeSpan.FromDays(1))
            wrong("retry.maxBackoff", $"expected no less than the backoff ({retry.Backoff:c}), got {retry.MaxBackoff:c} (00:10:00 where it is absent)");
    }

    static void CheckParameters(JsonElement parameters, Action<string, string> wrong)
    {
        if (parameters.ValueKind == JsonValueKind.Undefined)
            wrong("parameters", "expected JSON, got nothing");
        else if (Encoding.UTF8.GetByteCount(parameters.GetRawText()) is var bytes and > MostParameters)
            wrong("parameters", $"expected at most {MostParameters} bytes of JSON, got {bytes}");
    }

    /// <summary>What is wrong with a name; null where it is valid.</summary>
    internal static string? NameError(string? name) => name is not null && IsName(name) ? null
        : $"expected 1 to {LongestName} of letters, digits, \"-\", \"_\", \".\", the first a letter or digit; got {Quoted(name)}";

    /// <summary>Whether a task or a tenant may be called so.</summary>
    public static bool IsName(string name) =>
        name.Length is > 0 and <= LongestName && char.IsAsciiLetterOrDigit(name[0]) && name.All(each => char.IsAsciiLetterOrDigit(each) || each is '-' or '_' or '.');

    static string Quoted(string? text) => text is null ? "nothing" : text.Length > 2 * LongestName ? $"{text.Length} characters" : $"\"{text}\"";
}
