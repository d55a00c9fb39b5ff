using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Scheduler.Conformance.Servers;
using Xunit;

namespace Scheduler.Tests.Embedded;

public class LogTests : OnAnyStore
{
    static TaskDefinition Definition => new() { Name = "job", Handler = new() { Code = new() { Handler = "work" } } };

    static Action<IServiceCollection> Work(Action<TaskContext> work) => services => services.AddTaskHandler("work", (context, _) =>
    {
        work(context);
        return Task.CompletedTask;
    });

    static async Task<ExecutionView> RunAsync(Host host)
    {
        await host.Client.CreateTaskAsync(Definition);
        return await host.Client.WaitForExecutionAsync((await host.Client.TriggerTaskAsync("job")).ExecutionId);
    }

    static async Task<IReadOnlyList<LogLine>> LinesAsync(Host host, string id) => (await host.Client.ListLogsAsync(id, new() { Limit = 1000 })).Items;

    [StoreFact]
    public async Task Lines_are_readable_while_the_run_goes_on_and_before_they_are_written()
    {
        var (told, end) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var host = await StartAsync(services => services.AddTaskHandler("work", async (context, _) =>
        {
            context.Logger.LogInformation("read {Rows} rows of {Table}", 7, "orders");
            told.SetResult();
            await end.Task;
            context.Logger.LogWarning(new IOException("the disk is full"), "done");
        }), options => (options.Time, _) = (new ManualTime(), options.Limits(limits => limits with { Logs = new() { FlushAfter = TimeSpan.FromDays(1) } })));
        await host.Client.CreateTaskAsync(Definition);
        var id = (await host.Client.TriggerTaskAsync("job")).ExecutionId;
        await using var stream = host.Client.WatchLogsAsync(id).GetAsyncEnumerator();
        var first = stream.MoveNextAsync();
        await told.Task.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.True(await first.AsTask().WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Equal(("read 7 rows of orders", LogLineLevel.Information, 1), (stream.Current.Message, stream.Current.Level, stream.Current.Attempt));
        Assert.Equal("""{"Rows":7,"Table":"orders"}""", stream.Current.Values?.GetRawText());
        Assert.Single(await LinesAsync(host, id));
        end.SetResult();
        Assert.True(await stream.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.StartsWith("System.IO.IOException: the disk is full", stream.Current.Exception, StringComparison.Ordinal);
        Assert.False(await stream.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20)));
    }

    [StoreFact]
    public async Task A_clean_stop_loses_no_line()
    {
        string id;
        var written = new List<LogLine>();
        await using (var first = await StartAsync(Work(context =>
        {
            for (var line = 1; line <= 3_456; line++) context.Logger.LogInformation("line {Line}", line);
        })))
        {
            id = (await RunAsync(first)).Id;
        }
        await using var second = await StartAsync(Work(_ => { }));
        await foreach (var line in second.Client.WatchLogsAsync(id)) written.Add(line);
        Assert.Equal(Enumerable.Range(1, 3_456).Select(line => $"line {line}"), written.Select(line => line.Message));
    }

    sealed class Injected(ILogger<Injected> logger) : ITaskHandler
    {
        public async Task<object?> ExecuteAsync(TaskContext context, CancellationToken cancellationToken)
        {
            context.Logger.LogInformation("one");
            await Task.Yield();
            logger.LogInformation("two");
            logger.LogDebug("not kept");
            return null;
        }
    }

    [StoreFact]
    public async Task What_an_injected_logger_is_told_is_kept_once_under_its_category()
    {
        await using var host = await StartAsync(services => services.AddTaskHandler<Injected>("work"));
        var lines = await LinesAsync(host, (await RunAsync(host)).Id);
        Assert.Equal([("one", null), ("two", typeof(Injected).FullName!.Replace('+', '.'))], lines.Select(line => (line.Message, line.Category)));
    }

    [StoreFact]
    public async Task Each_attempt_has_its_lines()
    {
        await using var host = await StartAsync(Work(context =>
        {
            context.Logger.LogInformation("attempt {Attempt}", context.Attempt);
            if (context.Attempt < 3) throw new IOException("not yet");
        }));
        await host.Client.CreateTaskAsync(Definition with { Retry = new() { MaxAttempts = 3, Backoff = TimeSpan.Zero } });
        var ended = await host.Client.WaitForExecutionAsync((await host.Client.TriggerTaskAsync("job")).ExecutionId);
        var lines = await LinesAsync(host, ended.Id);
        Assert.Equal([("attempt 1", 1), ("attempt 2", 2), ("attempt 3", 3)], lines.Select(line => (line.Message, line.Attempt)));
        Assert.Equal(lines.Select(line => line.FencingToken).Order(), lines.Select(line => line.FencingToken));
        Assert.All(lines, line => Assert.Equal(ended.Node, line.Node));
        Assert.Equal(["attempt 2"], (await host.Client.ListLogsAsync(ended.Id, new() { Attempt = 2 })).Items.Select(line => line.Message));
    }

    sealed class Polled : IPollingHandler<long>
    {
        public ValueTask<PollingBounds> BoundsAsync(PollingShard shard, CancellationToken cancellationToken) => new(new PollingBounds(Cursor.At(4).Key));

        public ValueTask<IReadOnlyList<long>> QueryAsync(PollingShard shard, Cursor after, PollingPass pass, int limit, CancellationToken cancellationToken) =>
            new([.. Enumerable.Range(1, 4).Select(key => (long)key).Where(key => key > after.KeyAsInt64(0)).Take(limit)]);

        public Cursor CursorOf(long row) => Cursor.At(row);

        public ValueTask<IReadOnlyList<RowFailure>> ProcessAsync(PollingShard shard, PollingBatch<long> batch, CancellationToken cancellationToken)
        {
            batch.Logger.LogInformation("{Rows} rows from {First}", batch.Rows.Count, batch.Rows[0]);
            return new(RowFailure.None);
        }
    }

    [StoreFact]
    public async Task Lines_of_a_polling_task_say_which_shard_they_are_of()
    {
        await using var host = await StartAsync(services => services.AddPolling("rows", new Polled()));
        await host.Client.CreateTaskAsync(new() { Name = "job", Handler = new() { Polling = new() { Handler = "rows", PageSize = 2, Shards = new() { Databases = "db_{0..1}", Tables = "t_{0..1}" } } } });
        var ended = await host.Client.WaitForExecutionAsync((await host.Client.TriggerTaskAsync("job")).ExecutionId);
        Assert.Equal(8, (await LinesAsync(host, ended.Id)).Count);
        var lines = (await host.Client.ListLogsAsync(ended.Id, new() { Database = "db_1", Table = "t_0" })).Items;
        Assert.Equal(["2 rows from 1", "2 rows from 3"], lines.Select(line => line.Message));
        Assert.All(lines, line => Assert.Equal(("db_1", "t_0"), (line.Database, line.Table)));
    }

    [StoreFact]
    public async Task What_is_too_long_is_cut_and_what_cannot_be_put_together_fails_nobody()
    {
        await using var host = await StartAsync(Work(context =>
        {
            context.Logger.LogInformation(new('x', 100_000));
            context.Logger.Log(LogLevel.Error, default, 0, null, (_, _) => throw new FormatException("no"));
            context.Logger.LogInformation("{A} {B}", new Bad(), double.NaN);
        }));
        var ended = await RunAsync(host);
        Assert.Equal(ExecutionStatus.Succeeded, ended.Status);
        var lines = await LinesAsync(host, ended.Id);
        Assert.Equal(new string('x', 8192) + "… (100000 characters)", lines[0].Message);
        Assert.Equal("(a line that could not be put together: no)", lines[1].Message);
        Assert.Equal(3, lines.Count);
    }

    sealed class Bad
    {
        public override string ToString() => throw new InvalidOperationException("bad");
    }
}
