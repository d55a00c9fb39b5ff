using Scheduler.Conformance.Servers;
using Xunit;

namespace Scheduler.Conformance.Clients;

partial class ClientConformance
{
    static readonly RetryPolicy Once = new() { MaxAttempts = 1 };

    [StoreFact]
    public async Task A_trigger_runs_the_handler_with_its_parameters()
    {
        var definition = Code("echo") with { Parameters = Json("""{"from":"the task"}""") };
        await client.CreateTaskAsync(definition);

        var execution = await EventuallyAsync(await TriggerAsync(definition, new() { Parameters = Json("""{"from":"the trigger","n":[1.50,"é"]}"""), By = "somebody" }), ExecutionStatus.Succeeded);

        Same(Json("""{"from":"the trigger","n":[1.50,"é"]}"""), execution.Result!.Value);
        Assert.Equal(new TriggerView(TriggerKind.Manual, "somebody"), execution.Trigger);
        Assert.Equal((Name(), 1, 1, default, 0), (execution.Task, execution.Sequence, execution.Attempt, execution.Items, execution.Rows));
        Assert.NotNull(execution.StartedAt);
        Assert.True(execution.EndedAt >= execution.StartedAt, $"expected an end after {execution.StartedAt:O}, got {execution.EndedAt:O}");
        Assert.Null(execution.Error);

        execution = await EventuallyAsync(await TriggerAsync(definition), ExecutionStatus.Succeeded);
        Same(Json("""{"from":"the task"}"""), execution.Result!.Value);
        Assert.Equal((2, null), (execution.Sequence, execution.Trigger.By));

        var task = await EventuallyAsync(() => client.GetTaskAsync(Name()), seen => seen.OpenExecutions.Count == 0);
        Assert.Equal((2, 1), (task.ExecutionCount, task.Version));
    }

    [StoreFact]
    public async Task A_trigger_works_while_the_task_is_paused()
    {
        await client.CreateTaskAsync(Code("echo"));
        await client.PauseTaskAsync(Name());
        await EventuallyAsync(await TriggerAsync(Code("echo")), ExecutionStatus.Succeeded);
    }

    [StoreFact]
    public async Task The_same_idempotency_key_is_the_same_execution()
    {
        await client.CreateTaskAsync(Code("echo"));
        await client.CreateTaskAsync(Code("echo", "-other"));
        TriggerRequest request = new() { IdempotencyKey = "order/17 ?&=%20", Parameters = Json("""{"order":17}""") };

        var execution = await TriggerAsync(Code("echo"), request);
        Assert.Equal(execution, await TriggerAsync(Code("echo"), request));
        await EventuallyAsync(execution, ExecutionStatus.Succeeded);
        Assert.Equal(execution, await TriggerAsync(Code("echo"), request));

        await RefusedAsync(SchedulerErrorKind.IdempotencyMismatch, () => TriggerAsync(Code("echo"), request with { Parameters = Json("""{"order":18}""") }));
        Assert.NotEqual(execution, await TriggerAsync(Code("echo", "-other"), request));
        Assert.Equal(1, (await client.GetTaskAsync(Name())).ExecutionCount);
    }

    [StoreFact]
    public async Task The_same_request_stays_the_same_when_its_task_changes()
    {
        var definition = Code("echo") with { Parameters = Json("""{"n":1}""") };
        await client.CreateTaskAsync(definition);
        TriggerRequest plain = new() { IdempotencyKey = "plain" }, own = new() { IdempotencyKey = "own", Parameters = Json("""{"n":1}""") };
        var (byTask, byRequest) = (await TriggerAsync(definition, plain), await TriggerAsync(definition, own));

        await client.UpdateTaskAsync(Name(), definition with { Parameters = Json("""{"n":2}""") });

        Assert.Equal(byTask, await TriggerAsync(definition, plain));
        Assert.Equal(byRequest, await TriggerAsync(definition, own));
        // What the task says does not stand for what the request left out.
        await RefusedAsync(SchedulerErrorKind.IdempotencyMismatch, () => TriggerAsync(definition, plain with { Parameters = Json("""{"n":1}""") }));
        await RefusedAsync(SchedulerErrorKind.IdempotencyMismatch, () => TriggerAsync(definition, plain with { Parameters = Json("""{"n":2}""") }));
        await RefusedAsync(SchedulerErrorKind.IdempotencyMismatch, () => TriggerAsync(definition, own with { Parameters = null }));
    }

    [StoreFact]
    public async Task A_request_with_another_concurrency_key_or_asker_is_another()
    {
        var definition = Code("echo") with { Overlap = OverlapPolicy.Allow, Concurrency = new() { Key = Name(), Limit = 5 } };
        await client.CreateTaskAsync(definition);
        TriggerRequest keyed = new() { IdempotencyKey = "keyed", ConcurrencyKey = Name("-x"), By = "somebody" }, plain = new() { IdempotencyKey = "plain" };
        var (first, second) = (await TriggerAsync(definition, keyed), await TriggerAsync(definition, plain));

        Assert.Equal((first, second), (await TriggerAsync(definition, keyed), await TriggerAsync(definition, plain)));
        foreach (var other in new[] { keyed with { ConcurrencyKey = null }, keyed with { ConcurrencyKey = Name() }, keyed with { By = null }, plain with { ConcurrencyKey = Name() }, plain with { By = "somebody" } })
            await RefusedAsync(SchedulerErrorKind.IdempotencyMismatch, () => TriggerAsync(definition, other));
    }

    [StoreFact]
    public async Task Triggers_at_the_same_time_with_one_key_are_one_execution()
    {
        await client.CreateTaskAsync(Code("echo"));
        var executions = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => TriggerAsync(Code("echo"), new() { IdempotencyKey = "once" })));
        Assert.Single(executions.Distinct());
        Assert.Equal(1, (await client.GetTaskAsync(Name())).ExecutionCount);
    }

    [StoreFact]
    public async Task A_handler_that_throws_is_tried_again_as_often_as_the_policy_says()
    {
        await client.CreateTaskAsync(Code("fail") with { Retry = Once with { MaxAttempts = 3, Backoff = TimeSpan.Zero } });
        var execution = await EventuallyAsync(await TriggerAsync(Code("fail")), ExecutionStatus.Failed);
        Assert.Equal(3, execution.Attempt);
        Assert.NotEmpty(execution.Error!);
        Assert.NotNull(execution.EndedAt);
        Assert.Null(execution.Result);
    }

    [StoreFact]
    public async Task A_cancelled_execution_ends_once()
    {
        await client.CreateTaskAsync(Code("hang"));
        var execution = await TriggerAsync(Code("hang"));
        await EventuallyAsync(execution, ExecutionStatus.Running);
        Assert.Equal([execution], (await client.GetTaskAsync(Name())).OpenExecutions);

        Assert.Equal(execution, (await client.CancelExecutionAsync(execution)).Id);

        var ended = await EventuallyAsync(execution, ExecutionStatus.Cancelled);
        Assert.NotNull(ended.EndedAt);
        await RefusedAsync(SchedulerErrorKind.Conflict, () => client.CancelExecutionAsync(execution));
        Same(ended, await client.GetExecutionAsync(execution));
    }

    [StoreFact]
    public async Task An_execution_that_takes_too_long_times_out()
    {
        await client.CreateTaskAsync(Code("hang") with { Timeout = TimeSpan.FromMilliseconds(50) });
        Assert.NotNull((await EventuallyAsync(await TriggerAsync(Code("hang")), ExecutionStatus.TimedOut)).EndedAt);
    }

    [StoreFact]
    public async Task Deleting_a_task_cancels_what_is_open()
    {
        await client.CreateTaskAsync(Code("hang"));
        var execution = await TriggerAsync(Code("hang"));
        await EventuallyAsync(execution, ExecutionStatus.Running);
        await client.DeleteTaskAsync(Name());
        await EventuallyAsync(execution, ExecutionStatus.Cancelled);
    }

    [StoreFact]
    public async Task While_one_is_open_the_next_is_skipped_and_can_be_seen()
    {
        await client.CreateTaskAsync(Code("hang") with { Overlap = OverlapPolicy.Skip });
        var open = await TriggerAsync(Code("hang"));
        await EventuallyAsync(open, ExecutionStatus.Running);

        var skipped = await EventuallyAsync(await TriggerAsync(Code("hang")), ExecutionStatus.Skipped);

        Assert.NotEmpty(skipped.Error!);
        Assert.Equal((2, 0), (skipped.Sequence, skipped.Attempt));
        await client.CancelExecutionAsync(open);
        await EventuallyAsync(open, ExecutionStatus.Cancelled);
    }

    [StoreFact]
    public async Task A_queued_execution_waits_for_its_turn()
    {
        await client.CreateTaskAsync(Code("hang") with { Overlap = OverlapPolicy.Queue });
        var first = await TriggerAsync(Code("hang"));
        await EventuallyAsync(first, ExecutionStatus.Running);
        var second = await TriggerAsync(Code("hang"));
        Assert.Equal(ExecutionStatus.Waiting, (await client.GetExecutionAsync(second)).Status);

        await client.CancelExecutionAsync(first);
        await EventuallyAsync(second, ExecutionStatus.Running);
        await client.CancelExecutionAsync(second);
        await EventuallyAsync(second, ExecutionStatus.Cancelled);
    }

    [StoreFact]
    public async Task An_occurrence_runs_by_itself()
    {
        await client.CreateTaskAsync(Code("echo") with { Schedule = new() { At = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero) } });
        var executions = await EventuallyAsync(() => client.ListExecutionsAsync(new() { Task = Name() }), page => page.Items is [{ Status: ExecutionStatus.Succeeded }]);
        Assert.Equal((TriggerKind.Schedule, new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)), (executions.Items[0].Trigger.Kind, executions.Items[0].ScheduledAt));
        Assert.Null((await client.GetTaskAsync(Name())).NextAt);
    }

    [StoreFact]
    public async Task Executions_are_listed_the_latest_first_page_by_page()
    {
        await client.CreateTaskAsync(Code("echo"));
        await client.CreateTaskAsync(Code("fail", "-other") with { Retry = Once });
        List<string> executions = [];
        for (var i = 0; i < 5; i++)
        {
            executions.Insert(0, await TriggerAsync(Code("echo")));
            var ended = await EventuallyAsync(executions[0], ExecutionStatus.Succeeded);
            // Instants of one millisecond have no order among them.
            await EventuallyAsync(() => Task.FromResult(DateTimeOffset.UtcNow), now => now > ended.ScheduledAt.AddMilliseconds(1));
        }
        await EventuallyAsync(await TriggerAsync(Code("fail", "-other")), ExecutionStatus.Failed);
        var middle = (await client.GetExecutionAsync(executions[2])).ScheduledAt;

        Assert.Equal(executions, await IdsAsync(new() { Task = Name(), Limit = 2 }));
        Assert.Equal(executions, await IdsAsync(new() { Task = Name(), Status = ExecutionStatus.Succeeded, Limit = 5 }));
        Assert.Equal(executions[..3], await IdsAsync(new() { Task = Name(), From = middle }));
        Assert.Equal(executions[3..], await IdsAsync(new() { Task = Name(), To = middle }));
        Assert.Empty(await IdsAsync(new() { Task = Name(), Status = ExecutionStatus.Failed }));
        Assert.Empty(await IdsAsync(new() { Task = Name("-none") }));

        async Task<IEnumerable<string>> IdsAsync(ExecutionQuery query) =>
            (await AllPagesAsync(query.Limit, cursor => client.ListExecutionsAsync(query with { Cursor = cursor }))).Select(execution => execution.Id);
    }
}
