using System.Text.Json;
using Xunit;

namespace Scheduler.Conformance.Clients;

partial class ClientConformance
{
    [Fact]
    public async Task Paused_shards_hold_no_round_up_and_run_again_when_they_are_resumed()
    {
        await client.CreateTaskAsync(Polling());
        Assert.Equal(3, (await client.PauseShardsAsync(Name(), new() { Database = "db_0" })).Shards);
        Assert.Equal(1, (await client.PauseShardsAsync(Name(), new() { Database = "db_1", Table = "t_2" })).Shards);

        var execution = await EventuallyAsync(await TriggerAsync(Polling()), ExecutionStatus.Succeeded);
        Assert.Equal((new ItemCounts(6, 2, 0, 0), 50), (execution.Items, execution.Rows));
        Assert.Equal(new ShardCounts(6, 0, 0, 2, 0, 0, 4), (await client.GetProgressAsync(Name())).Shards);
        Assert.Equal(4, (await client.ListShardsAsync(Name(), new() { Status = ShardStatus.Paused })).Items.Count);

        Assert.Equal(6, (await client.ResumeShardsAsync(Name())).Shards);
        Assert.Empty((await client.ListShardsAsync(Name(), new() { Status = ShardStatus.Paused })).Items);
        execution = await EventuallyAsync(await TriggerAsync(Polling()), ExecutionStatus.Succeeded);
        Assert.Equal((new ItemCounts(6, 6, 0, 0), 150), (execution.Items, execution.Rows));
    }

    [Fact]
    public async Task The_round_after_a_rewind_begins_there_and_the_one_after_it_at_the_first_row()
    {
        await client.CreateTaskAsync(Polling());
        Assert.Equal(1, (await client.RewindShardsAsync(Name(), new() { To = RewindTarget.ToKey("20"), Database = "db_0", Table = "t_0" })).Shards);
        Assert.Equal(3, (await client.RewindShardsAsync(Name(), new() { To = new() { Key = Json("24") }, Database = "db_1" })).Shards);
        foreach (var rows in (long[])[5 + 2 * 25 + 3, 150])
            Assert.Equal(rows, (await EventuallyAsync(await TriggerAsync(Polling()), ExecutionStatus.Succeeded)).Rows);

        Assert.Equal(6, (await client.RewindShardsAsync(Name(), new() { To = RewindTarget.ToKey("20") })).Shards);
        Assert.Equal(6, (await client.RewindShardsAsync(Name(), new() { To = RewindTarget.ToBeginning })).Shards);
        Assert.Equal(150, (await EventuallyAsync(await TriggerAsync(Polling()), ExecutionStatus.Succeeded)).Rows);
    }

    [Fact]
    public async Task What_is_wrong_with_a_selection_or_a_place_is_told_and_nothing_is_done()
    {
        await client.CreateTaskAsync(Polling());
        var there = RewindTarget.ToKey("24");
        foreach (var act in (Func<string?, string?, Task>[])
            [(database, table) => client.PauseShardsAsync(Name(), new() { Database = database, Table = table }), (database, table) => client.RewindShardsAsync(Name(), new() { To = there, Database = database, Table = table })])
        {
            await RefusedAsync(SchedulerErrorKind.NotFound, () => act("db_7", null));
            await RefusedAsync(SchedulerErrorKind.NotFound, () => act("db_0", "t_9"));
            await InvalidAsync("database", () => act(null, "t_0"));
        }
        await InvalidAsync("to", () => client.RewindShardsAsync(Name(), new() { To = new() { Beginning = true, Key = Json("1") } }));
        await InvalidAsync("to", () => client.RewindShardsAsync(Name(), new() { To = new() }));
        await InvalidAsync("to.beginning", () => client.RewindShardsAsync(Name(), new() { To = new() { Beginning = false } }));
        await InvalidAsync("to.time", () => client.RewindShardsAsync(Name(), new() { To = RewindTarget.ToTime(DateTimeOffset.UnixEpoch) }));
        await InvalidAsync("to.key", () => client.RewindShardsAsync(Name(), new() { To = new() { Key = Json("[1]") } }));
        Assert.Equal(150, (await EventuallyAsync(await TriggerAsync(Polling()), ExecutionStatus.Succeeded)).Rows);

        await client.CreateTaskAsync(Code("echo", "-code"));
        await RefusedAsync(SchedulerErrorKind.Conflict, () => client.PauseShardsAsync(Name("-code")));
        await RefusedAsync(SchedulerErrorKind.Conflict, () => client.RewindShardsAsync(Name("-code"), new() { To = there }));
        await RefusedAsync(SchedulerErrorKind.NotFound, () => client.ResumeShardsAsync(Name("-none")));
    }

    [Fact]
    public async Task A_retry_is_a_new_execution_with_the_same_parameters()
    {
        var definition = Code("fail") with { Retry = Once };
        await client.CreateTaskAsync(definition);
        var failed = await TriggerAsync(definition, new() { Parameters = Json("7") });
        await EventuallyAsync(failed, ExecutionStatus.Failed);

        var retry = (await client.RetryExecutionAsync(failed, "somebody")).ExecutionId;
        Assert.NotEqual(failed, retry);
        var ended = await EventuallyAsync(retry, ExecutionStatus.Failed);
        Assert.Equal((failed, new TriggerView(TriggerKind.Retry, "somebody"), 2L), (ended.RetryOf, ended.Trigger, ended.Sequence));
        Assert.Null((await client.GetExecutionAsync(failed)).RetryOf);

        await client.UpdateTaskAsync(Name(), Code("echo"));
        var succeeded = await EventuallyAsync((await client.RetryExecutionAsync(failed)).ExecutionId, ExecutionStatus.Succeeded);
        Same(Json("7"), succeeded.Result!.Value);
        await RefusedAsync(SchedulerErrorKind.Conflict, () => client.RetryExecutionAsync(succeeded.Id));
        await RefusedAsync(SchedulerErrorKind.NotFound, () => client.RetryExecutionAsync("none"));
        await InvalidAsync("by", () => client.RetryExecutionAsync(failed, new('x', 128)));
    }

    [Fact]
    public async Task Where_nothing_was_put_aside_there_is_nothing_to_replay_or_discard()
    {
        await client.CreateTaskAsync(With(Polling(), Polling().Handler.Polling! with { DeadLetter = new() { AfterAttempts = 2 } }));
        Assert.Equal((0, null), ((await client.ListDeadLettersAsync(Name(), new())) is var page ? page.Items.Count : -1, page.Next));
        Assert.Equal(new ReplayResult(0, 0), await client.ReplayDeadLettersAsync(Name()));
        Assert.Equal(new DiscardResult(0), await client.DiscardDeadLettersAsync(Name()));
        await RefusedAsync(SchedulerErrorKind.NotFound, () => client.ReplayDeadLettersAsync(Name(), new() { Ids = ["none"] }));
        await RefusedAsync(SchedulerErrorKind.NotFound, () => client.DiscardDeadLettersAsync(Name(), new() { Ids = ["none"] }));
        await InvalidAsync("ids", () => client.DiscardDeadLettersAsync(Name(), new() { Ids = [] }));
        await InvalidAsync("limit", () => client.ListDeadLettersAsync(Name(), new() { Limit = 0 }));
        await InvalidAsync("cursor", () => client.ListDeadLettersAsync(Name(), new() { Cursor = "nonsense!" }));
        await client.CreateTaskAsync(Code("echo", "-code"));
        await RefusedAsync(SchedulerErrorKind.Conflict, () => client.ListDeadLettersAsync(Name("-code"), new()));
    }

    [Fact]
    public async Task A_database_in_quarantine_is_told_until_it_is_released()
    {
        await client.CreateTaskAsync(Polling());
        Assert.Equal(["db_1"], (await client.QuarantineDatabaseAsync(Name(), "db_1")).QuarantinedDatabases);
        Assert.Equal(["db_1"], (await client.QuarantineDatabaseAsync(Name(), "db_1")).QuarantinedDatabases);
        var reason = Assert.Single((await client.WhyTaskAsync(Name())).Reasons, each => each.Code == WhyCode.DatabaseQuarantined);
        Assert.Contains("db_1", reason.Message);
        Assert.NotNull(reason.Since);

        Assert.Null((await client.ReleaseDatabaseAsync(Name(), "db_1")).QuarantinedDatabases);
        Assert.DoesNotContain((await client.WhyTaskAsync(Name())).Reasons, each => each.Code == WhyCode.DatabaseQuarantined);
        await RefusedAsync(SchedulerErrorKind.NotFound, () => client.QuarantineDatabaseAsync(Name(), "db_9"));
        await RefusedAsync(SchedulerErrorKind.NotFound, () => client.ReleaseDatabaseAsync(Name(), "db_9"));
    }

    [Fact]
    public async Task Why_tells_what_keeps_a_task_from_running()
    {
        await client.CreateTaskAsync(Code("hang") with { Schedule = new() { Every = TimeSpan.FromHours(1) } });
        await IsAsync(WhyCode.NotDue);
        await client.PauseTaskAsync(Name());
        await IsAsync(WhyCode.Paused);
        await client.ResumeTaskAsync(Name());
        var execution = await TriggerAsync(Code("hang"));
        await EventuallyAsync(execution, ExecutionStatus.Running);
        await IsAsync(WhyCode.PreviousOpen);
        Assert.Equal((true, 0), ((await client.WhyExecutionAsync(execution)) is var runs && runs.Runnable, runs.Reasons.Count));
        await client.CancelExecutionAsync(execution);
        await EventuallyAsync(execution, ExecutionStatus.Cancelled);
        Assert.Equal((false, WhyCode.Ended), ((await client.WhyExecutionAsync(execution)) is var ended && ended.Runnable, ended.Reasons.Single().Code));
        await RefusedAsync(SchedulerErrorKind.NotFound, () => client.WhyTaskAsync(Name("-none")));
        await RefusedAsync(SchedulerErrorKind.NotFound, () => client.WhyExecutionAsync("none"));

        async Task IsAsync(WhyCode code)
        {
            var why = await client.WhyTaskAsync(Name());
            Assert.Equal((false, code), (why.Runnable, why.Reasons.Single().Code));
            Assert.NotEmpty(why.Reasons.Single().Message);
        }
    }

    [Fact]
    public async Task A_node_tells_its_slots_and_handlers()
    {
        var living = (await client.ListNodesAsync()).Items.Where(each => each.Status == NodeStatus.Live).ToArray();
        Assert.Empty(new[] { "echo", "fail", "hang", "numbers" }.Except(living.SelectMany(node => node.Handlers)));
        foreach (var node in living)
        {
            Assert.Equal(16, node.Slots.Total);
            Assert.InRange(node.Slots.Used, 0, 16);
            Assert.True(node.LastSeenAt >= node.StartedAt.AddSeconds(-1), $"started at {node.StartedAt:O}, last seen at {node.LastSeenAt:O}");
        }
    }

    [Fact]
    public async Task What_happens_is_told_to_who_watches()
    {
        using var enough = new CancellationTokenSource(Patience);
        await using var events = client.WatchEventsAsync(enough.Token).GetAsyncEnumerator(enough.Token);
        var first = events.MoveNextAsync().AsTask();
        // Over a line nobody knows when the watching begins: something happens until it is seen.
        for (var number = 0; !first.IsCompleted; number++)
        {
            await client.CreateTaskAsync(Code("echo", $"-{number}"));
            await LookAgainAsync();
        }
        SchedulerEvent? told = null;
        for (var has = await first; has && told is null; has = told is not null || await events.MoveNextAsync())
            if (events.Current.Task?.StartsWith(Name(), StringComparison.Ordinal) == true) told = events.Current;
        Assert.Equal(SchedulerEventKind.TaskCreated, told!.Kind);
        Assert.True(told.Id > 0, "expected an id");
        Assert.NotEmpty(told.Message);
        await enough.CancelAsync();
    }
}
