using System.Diagnostics;
using System.Text.Json;
using Xunit;

namespace Scheduler.Conformance.Clients;

/// <summary>
/// What every <see cref="ISchedulerClient"/> does. The host behind it knows these handlers: of kind code <c>echo</c>, which returns its parameters,
/// <c>fail</c>, which throws, <c>hang</c>, which waits for its cancellation, <c>tell</c>, which logs <c>line 1</c> to <c>line 5</c>, the fourth as a warning; of kind polling <c>numbers</c>, whose every shard has 25 rows.
/// Tests leave each other's tasks alone, so one host may serve all of them.
/// </summary>
public abstract partial class ClientConformance : IAsyncLifetime
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Common to the names of one test's tasks, and to no other's.</summary>
    readonly string prefix = $"conformance-{Guid.NewGuid():N}";

    ISchedulerClient client = null!;

    /// <summary>The client under test. Its host runs until the test is disposed of.</summary>
    protected abstract Task<ISchedulerClient> OpenAsync();

    /// <summary>Between two looks at something that changes by itself; a host with a clock of its own moves it here.</summary>
    protected virtual Task LookAgainAsync() => Task.Delay(10);

    public async Task InitializeAsync() => client = await OpenAsync();

    public virtual Task DisposeAsync() => Task.CompletedTask;

    string Name(string suffix = "") => prefix + suffix;

    TaskDefinition Code(string handler, string suffix = "") => new() { Name = Name(suffix), Handler = new() { Code = new() { Handler = handler } } };

    TaskDefinition Polling() => new()
    {
        Name = Name(),
        Handler = new() { Polling = new() { Handler = "numbers", PageSize = 10, Shards = new() { Databases = "db_{0..1}", Tables = "t_{0..2}" } } },
    };

    static TaskDefinition With(TaskDefinition definition, PollingDefinition polling) => definition with { Handler = new() { Polling = polling } };

    static JsonElement Json(string json) => JsonDocument.Parse(json).RootElement.Clone();

    /// <summary>Definitions hold lists and free JSON, which compare by reference; their wire form compares by what they say.</summary>
    static void Same<T>(T expected, T actual) => Assert.Equal(JsonSerializer.Serialize(expected, SchedulerJson.Strict), JsonSerializer.Serialize(actual, SchedulerJson.Strict));

    static async Task<SchedulerException> RefusedAsync(SchedulerErrorKind kind, Func<Task> act)
    {
        var refusal = await Assert.ThrowsAsync<SchedulerException>(act);
        Assert.True(refusal.Kind == kind, $"expected {kind}, got {refusal.Kind}: {refusal.Message}");
        Assert.NotEmpty(refusal.Message);
        return refusal;
    }

    static async Task InvalidAsync(string field, Func<Task> act)
    {
        var refusal = await RefusedAsync(SchedulerErrorKind.Invalid, act);
        Assert.True(refusal.Errors.Any(error => error.Field == field), $"expected an error of field \"{field}\", got {string.Join(" | ", refusal.Errors)}");
    }

    async Task<T> EventuallyAsync<T>(Func<Task<T>> look, Func<T, bool> isSo)
    {
        for (var watch = Stopwatch.StartNew(); ;)
        {
            var seen = await look();
            if (isSo(seen)) return seen;
            Assert.True(watch.Elapsed < Patience, $"it did not come to what was expected; at last it was {JsonSerializer.Serialize(seen, SchedulerJson.Strict)}");
            await LookAgainAsync();
        }
    }

    Task<ExecutionView> EventuallyAsync(string execution, ExecutionStatus status) =>
        EventuallyAsync(() => client.GetExecutionAsync(execution), seen => seen.Status == status);

    async Task<string> TriggerAsync(TaskDefinition definition, TriggerRequest? request = null) => (await client.TriggerTaskAsync(definition.Name, request)).ExecutionId;

    async Task<List<T>> AllPagesAsync<T>(int limit, Func<string?, Task<Page<T>>> read)
    {
        List<T> all = [];
        for (string? cursor = null; ;)
        {
            var page = await read(cursor);
            Assert.InRange(page.Items.Count, page.Next is null ? 0 : 1, limit);
            all.AddRange(page.Items);
            if (page.Next is null) return all;
            Assert.NotEqual(cursor, page.Next);
            cursor = page.Next;
        }
    }
}
