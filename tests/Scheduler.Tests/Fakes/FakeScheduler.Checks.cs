using System.Text;
using System.Text.Json;

namespace Scheduler.Tests.Fakes;

partial class FakeScheduler
{
    static readonly Dictionary<string, HandlerKind> Handlers = new() { ["echo"] = HandlerKind.Code, ["fail"] = HandlerKind.Code, ["hang"] = HandlerKind.Code, ["tell"] = HandlerKind.Code, ["numbers"] = HandlerKind.Polling };

    static void Check(TaskDefinition task)
    {
        List<FieldError> errors = [];
        Expect(task.Name.Length is > 0 and <= 127 && char.IsAsciiLetterOrDigit(task.Name[0]) && !task.Name.Contains('/'), "name", task.Name);
        Expect(task.Description?.Length is null or <= 1000, "description", task.Description?.Length);
        Expect(task.Timeout is null || task.Timeout > TimeSpan.Zero && task.Timeout <= TimeSpan.FromDays(366), "timeout", task.Timeout);
        Expect(task.Priority is >= 1 and <= 10, "priority", task.Priority);
        Expect(task.Retry is null or { MaxAttempts: >= 1 }, "retry.maxAttempts", task.Retry?.MaxAttempts);
        Expect(task.Handler.Polling is null || task.Overlap != OverlapPolicy.Allow, "overlap", task.Overlap);
        Expect(IsSmall(task.Parameters), "parameters", "more");
        if (task.Schedule is { } schedule)
        {
            Expect(new object?[] { schedule.Cron, schedule.Every, schedule.Delay, schedule.At }.Count(kind => kind is not null) == 1, "schedule", "none or several");
            Expect(schedule.Cron?.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length is null or 5 or 6 or 7, "schedule.cron", schedule.Cron);
            Expect(schedule.TimeZone is null || TimeZoneInfo.TryFindSystemTimeZoneById(schedule.TimeZone, out _), "schedule.timeZone", schedule.TimeZone);
            Expect(schedule.Every is null || schedule.Every > TimeSpan.Zero, "schedule.every", schedule.Every);
            Expect(schedule.At is null || IsNear(schedule.At), "schedule.at", schedule.At);
            Expect(schedule.EndAt is null || schedule.EndAt > Now, "schedule.endAt", schedule.EndAt);
        }
        var (code, polling) = (task.Handler.Code, task.Handler.Polling);
        Expect(code is null != polling is null, "handler", "none or both");
        if (code is not null) ExpectHandler(code.Handler, HandlerKind.Code);
        if (polling is not null)
        {
            ExpectHandler(polling.Handler, HandlerKind.Polling);
            Expect(polling.Shards is not { Databases: null, Tables: null, List: null }, "handler.polling.shards", "nothing");
            Expect(polling.PageSize >= 1, "handler.polling.pageSize", polling.PageSize);
            Expect(polling.ThreadCount is >= 1 and <= 64, "handler.polling.threadCount", polling.ThreadCount);
            Expect(polling.BatchSize is null || polling.BatchSize <= polling.PageSize, "handler.polling.batchSize", polling.BatchSize);
            Expect(polling.DeadLetter is not { AfterAttempts: < 1 or > 100 }, "handler.polling.deadLetter.afterAttempts", polling.DeadLetter?.AfterAttempts);
            Expect(polling.Limits is not { PerDatabase: < 1 }, "handler.polling.limits.perDatabase", polling.Limits?.PerDatabase);
            Expect(polling.Limits is not { RowsPerSecond: < 1 }, "handler.polling.limits.rowsPerSecond", polling.Limits?.RowsPerSecond);
            Expect(polling.Limits is not { PerDatabase: null, RowsPerSecond: null }, "handler.polling.limits", "neither");
        }
        if (errors.Count > 0) throw new SchedulerException(errors);

        void Expect(bool isSo, string field, object? got)
        {
            if (!isSo) errors.Add(new(field, $"expected another value, got {got}"));
        }

        void ExpectHandler(string name, HandlerKind kind)
        {
            if (Handlers.GetValueOrDefault(name) != kind)
                errors.Add(new($"handler.{WireText.Of(kind)}.handler", $"expected a handler that is known, got \"{name}\"{WireText.DidYouMean(name, Handlers.Keys)}"));
        }
    }

    static void Check(TriggerRequest request)
    {
        List<FieldError> errors = [];
        if (request.By?.Length > 127) errors.Add(new("by", $"expected at most 127 characters, got {request.By.Length}"));
        if (request.IdempotencyKey?.Length is 0 or > 255) errors.Add(new("idempotencyKey", $"expected 1 to 255 characters, got {request.IdempotencyKey.Length}"));
        if (!IsSmall(request.Parameters)) errors.Add(new("parameters", "expected at most 65536 bytes, got more"));
        if (errors.Count > 0) throw new SchedulerException(errors);
    }

    static bool IsNear(DateTimeOffset? at) => at is null or { Year: >= 1900 and < 9000 };

    static void Check(params (string Field, DateTimeOffset? At)[] named)
    {
        if (named.Where(each => !IsNear(each.At)).Select(each => new FieldError(each.Field, $"expected an instant that is nearer, got {each.At:O}")).ToArray() is [_, ..] errors) throw new SchedulerException(errors);
    }

    static bool IsSmall(JsonElement? parameters) => parameters is null || Encoding.UTF8.GetByteCount(parameters.Value.GetRawText()) <= 64 * 1024;
}
