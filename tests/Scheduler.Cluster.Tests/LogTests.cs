using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Scheduler.Cluster.Tests;

/// <summary>What handlers log through loggers of their own is kept with the execution, in a cluster as everywhere.</summary>
public sealed class LogTests
{
    sealed class Says(ILogger<Says> log) : ITaskHandler
    {
        public Task<object?> ExecuteAsync(TaskContext context, CancellationToken cancellationToken)
        {
            log.LogWarning("said by {Who}", "the handler");
            return Task.FromResult<object?>(null);
        }
    }

    /// <summary>Tells of every row that it processes.</summary>
    sealed class Speaking(ILogger<Speaking> log) : IPollingHandler<long>
    {
        readonly Numbers numbers = new(8);

        public ValueTask<PollingBounds> BoundsAsync(PollingShard shard, CancellationToken cancellationToken) => numbers.BoundsAsync(shard, cancellationToken);

        public ValueTask<IReadOnlyList<long>> QueryAsync(PollingShard shard, Cursor after, PollingPass pass, int limit, CancellationToken cancellationToken) => numbers.QueryAsync(shard, after, pass, limit, cancellationToken);

        public Cursor CursorOf(long row) => numbers.CursorOf(row);

        public ValueTask<IReadOnlyList<RowFailure>> ProcessAsync(PollingShard shard, PollingBatch<long> batch, CancellationToken cancellationToken)
        {
            foreach (var row in batch.Rows) log.LogWarning("row {Row}", row);
            return new(RowFailure.None);
        }
    }

    [Fact]
    public async Task What_a_handler_says_through_a_logger_of_its_own_is_kept()
    {
        await using var silos = await Silos.StartAsync(1, (_, services) => services.AddTaskHandler<Says>("says"));
        await silos.Client.CreateTaskAsync(new() { Name = "says", Handler = new() { Code = new() { Handler = "says" } } });
        var line = Assert.Single(await LinesAsync(silos, "says", 1));
        Assert.Equal((LogLineLevel.Warning, "said by the handler", typeof(Says).FullName!.Replace('+', '.')), (line.Level, line.Message, line.Category));
    }

    [Fact]
    public async Task What_batches_that_run_side_by_side_say_is_kept_with_their_shard()
    {
        await using var silos = await Silos.StartAsync(1, (_, services) => services.AddPolling<Speaking, long>("speaking"));
        await silos.Client.CreateTaskAsync(new() { Name = "speaking", Handler = new() { Polling = new() { Handler = "speaking", ThreadCount = 2, Shards = new() { Databases = "db", Tables = "t" } } } });
        var lines = await LinesAsync(silos, "speaking", 8);
        Assert.Equal(Enumerable.Range(1, 8).Select(row => ($"row {row}", (string?)"db", (string?)"t")), lines.Select(line => (line.Message, line.Database, line.Table)).Order());
    }

    static async Task<IReadOnlyList<LogLine>> LinesAsync(Silos silos, string task, int count)
    {
        var id = (await silos.Client.TriggerTaskAsync(task)).ExecutionId;
        IReadOnlyList<LogLine> lines = [];
        await Silos.UntilAsync(async () => (await silos.Client.GetExecutionAsync(id)).EndedAt is not null && (lines = (await silos.Client.ListLogsAsync(id, new())).Items).Count >= count,
            () => $"{count} lines, got {lines.Count}: {string.Join(" | ", lines.Select(line => line.Message))}");
        return lines;
    }
}
