using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Tests.Server;

namespace Scheduler.Tests.Embedded;

/// <summary>What people do with shards and databases while rounds run.</summary>
public sealed class OperationTests
{
    static readonly RetryPolicy Quick = new() { MaxAttempts = 3, Backoff = TimeSpan.FromMilliseconds(5) };

    static TaskDefinition Definition(string databases = "db", string tables = "t", int pageSize = 10, DeadLetterDefinition? deadLetter = null, PollingLimits? limits = null, int? batchSize = null) => new()
    {
        Name = "numbers",
        Handler = new() { Polling = new() { Handler = "numbers", PageSize = pageSize, BatchSize = batchSize, DeadLetter = deadLetter, Limits = limits, Shards = new() { Databases = databases, Tables = tables } } },
        Retry = Quick,
    };

    static async Task<Host> StartAsync(Numbers numbers, TaskDefinition definition, Action<SchedulerOptions>? configure = null)
    {
        var host = await Host.StartAsync(services => services.AddPolling("numbers", numbers), configure);
        await host.Client.CreateTaskAsync(definition);
        return host;
    }

    static async Task<ExecutionView> RunAsync(Host host) => await host.Client.WaitForExecutionAsync((await host.Client.TriggerTaskAsync("numbers")).ExecutionId);

    static async Task<WhyReason> ReasonAsync(Host host, string execution, WhyCode code) => await Eventually.GetAsync($"the reason {code}", async () =>
        (await host.Client.WhyExecutionAsync(execution)).Reasons.FirstOrDefault(reason => reason.Code == code));

    [Fact]
    public async Task A_shard_that_is_paused_at_work_stops_and_goes_on_in_its_round_where_it_stopped()
    {
        var (held, release) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource());
        var numbers = new Numbers(30)
        {
            Process = async (shard, batch, stop) =>
            {
                if (batch.Rows.Contains(15) && shard.Table == "t_0") held.TrySetResult();
                if (batch.Rows.Contains(15)) await release.Task.WaitAsync(stop);
                return [];
            },
        };
        await using var host = await StartAsync(numbers, Definition(tables: "t_{0..1}"));
        var execution = (await host.Client.TriggerTaskAsync("numbers")).ExecutionId;
        await held.Task.WaitAsync(TimeSpan.FromSeconds(20));
        // The checkpoint of the page before is on its way when the second one is held.
        await Eventually.GetAsync("the first page's checkpoint", async () => (await host.Client.ListShardsAsync("numbers", new())).Items.FirstOrDefault(shard => shard.Table == "t_0" && shard.Cursor == Cursor.At(10)));
        Assert.Equal(1, (await host.Client.PauseShardsAsync("numbers", new() { Database = "db", Table = "t_0" })).Shards);
        var paused = (await host.Client.ListShardsAsync("numbers", new() { Status = ShardStatus.Paused })).Items.Single();
        Assert.Equal(("t_0", Cursor.At(10)), (paused.Table, paused.Cursor));
        Assert.Equal("1 shards are paused: no round runs them until they are resumed", (await ReasonAsync(host, execution, WhyCode.ShardsPaused)).Message);

        await host.Client.ResumeShardsAsync("numbers");
        release.SetResult();
        var ended = await host.Client.WaitForExecutionAsync(execution);
        Assert.Equal((ExecutionStatus.Succeeded, 60L, new ItemCounts(2, 2, 0, 0)), (ended.Status, ended.Rows, ended.Items));
        Assert.Equal(60, numbers.Seen.Select(each => (each.Shard, each.Key)).Distinct().Count());
        Assert.Single(numbers.Seen, each => each is { Shard: "db.t_0", Key: 5 });
    }

    [Fact]
    public async Task A_round_ends_without_the_shard_that_was_paused_in_it_and_the_next_runs_it_again()
    {
        var held = new TaskCompletionSource();
        var hold = true;
        var numbers = new Numbers(5)
        {
            Process = async (shard, _, stop) =>
            {
                if (shard.Table == "t_0" && Volatile.Read(ref hold))
                {
                    held.TrySetResult();
                    await Task.Delay(Timeout.Infinite, stop);
                }
                return [];
            },
        };
        await using var host = await StartAsync(numbers, Definition(tables: "t_{0..3}"));
        var execution = (await host.Client.TriggerTaskAsync("numbers")).ExecutionId;
        await held.Task.WaitAsync(TimeSpan.FromSeconds(20));
        await host.Client.PauseShardsAsync("numbers", new() { Database = "db", Table = "t_0" });
        var ended = await host.Client.WaitForExecutionAsync(execution);
        Assert.Equal((ExecutionStatus.Succeeded, 15L, new ItemCounts(4, 3, 0, 0)), (ended.Status, ended.Rows, ended.Items));
        Volatile.Write(ref hold, false);
        Assert.Equal(15, (await RunAsync(host)).Rows);
        await host.Client.ResumeShardsAsync("numbers");
        Assert.Equal(20, (await RunAsync(host)).Rows);
    }

    [Fact]
    public async Task A_rewind_while_a_round_runs_is_refused_and_changes_nothing()
    {
        var (held, release) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource());
        var numbers = new Numbers(10)
        {
            Process = async (_, _, stop) =>
            {
                held.TrySetResult();
                await release.Task.WaitAsync(stop);
                return [];
            },
        };
        await using var host = await StartAsync(numbers, Definition(tables: "t_{0..3}"));
        var execution = (await host.Client.TriggerTaskAsync("numbers")).ExecutionId;
        await held.Task.WaitAsync(TimeSpan.FromSeconds(20));
        var refusal = await Assert.ThrowsAsync<SchedulerException>(() => host.Client.RewindShardsAsync("numbers", new() { To = RewindTarget.ToKey("9") }));
        Assert.Equal((SchedulerErrorKind.Conflict, true), (refusal.Kind, refusal.Message.Contains(execution)));
        release.SetResult();
        Assert.Equal(40, (await host.Client.WaitForExecutionAsync(execution)).Rows);
        Assert.Equal(40, (await RunAsync(host)).Rows);
        Assert.Equal(4, (await host.Client.RewindShardsAsync("numbers", new() { To = RewindTarget.ToKey("9") })).Shards);
        Assert.Equal(4, (await RunAsync(host)).Rows);
    }

    [Fact]
    public async Task A_retry_runs_just_the_shards_that_failed_from_where_they_stopped()
    {
        var broken = true;
        var numbers = new Numbers(30) { Process = (shard, batch, _) => Task.FromResult<IEnumerable<long>>(Volatile.Read(ref broken) && shard.Table == "t_1" && batch.Rows.Contains(15) ? [15] : []) };
        await using var host = await StartAsync(numbers, Definition(tables: "t_{0..2}"));
        var failed = await RunAsync(host);
        Assert.Equal((ExecutionStatus.Failed, new ItemCounts(3, 2, 0, 1)), (failed.Status, failed.Items));

        Volatile.Write(ref broken, false);
        var before = numbers.Seen.Count;
        var retry = await host.Client.WaitForExecutionAsync((await host.Client.RetryExecutionAsync(failed.Id)).ExecutionId);
        // Keys 1 to 14 are done; those of the page behind the gap that were done are seen once more.
        Assert.Equal((ExecutionStatus.Succeeded, new ItemCounts(1, 1, 0, 0), 16L, failed.Id, TriggerKind.Retry), (retry.Status, retry.Items, retry.Rows, retry.RetryOf, retry.Trigger.Kind));
        Assert.Equal(Enumerable.Range(15, 16).Select(key => ("db.t_1", (long)key)), numbers.Seen.Skip(before).Select(each => (each.Shard, each.Key)));
        Assert.Equal(new ShardCounts(1, 0, 0, 1, 0, 0, 0), (await host.Client.GetProgressAsync("numbers")).Shards);

        var refusal = await Assert.ThrowsAsync<SchedulerException>(() => host.Client.RetryExecutionAsync(failed.Id));
        Assert.Equal(SchedulerErrorKind.Conflict, refusal.Kind);
        Assert.Equal((90, new ItemCounts(3, 3, 0, 0)), ((await RunAsync(host)) is var next ? next.Rows : 0, next.Items));
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(3, false)]
    [InlineData(1, true)]
    [InlineData(3, true)]
    public async Task A_row_that_fails_in_all_its_attempts_is_put_aside_and_its_shard_goes_on(int afterAttempts, bool throws)
    {
        var attempts = 0;
        var numbers = new Numbers(30)
        {
            Process = (_, batch, _) =>
            {
                if (!batch.Rows.Contains(15)) return Task.FromResult<IEnumerable<long>>([]);
                attempts++;
                return throws ? throw new InvalidOperationException("not that one") : Task.FromResult<IEnumerable<long>>([15]);
            },
        };
        await using var host = await StartAsync(numbers, Definition(deadLetter: new() { AfterAttempts = afterAttempts }));
        var ended = await RunAsync(host);
        Assert.Equal((ExecutionStatus.Succeeded, 29L), (ended.Status, ended.Rows));
        Assert.Equal(Enumerable.Range(1, 30).Where(key => key != 15).Select(key => (long)key), numbers.Seen.Select(each => each.Key).Distinct().Order());
        Assert.Equal(29, numbers.Seen.Count);
        var letter = Assert.Single((await host.Client.ListDeadLettersAsync("numbers", new())).Items);
        Assert.Equal(("db", "t", Cursor.At(15), attempts, "15", 1L), (letter.Database, letter.Table, letter.Cursor, letter.Attempts, letter.Row.ToString(), letter.Round));
        // A batch that throws is not held against its rows: for their last attempt they stand alone.
        Assert.Equal(throws && afterAttempts == 1 ? 2 : afterAttempts, attempts);
        Assert.Equal(throws ? "InvalidOperationException: not that one" : "number 15 is not wanted", letter.Error);
        Assert.Equal(Cursor.At(30), (await host.Client.ListShardsAsync("numbers", new())).Items.Single().Cursor);
    }

    [Fact]
    public async Task A_replay_removes_what_succeeds_and_keeps_the_new_error_of_the_rest()
    {
        long[] unwanted = [3, 15, 21];
        var numbers = new Numbers(30);
        numbers.Process = (_, batch, _) => Task.FromResult(batch.Rows.Intersect(Volatile.Read(ref unwanted)));
        await using var host = await StartAsync(numbers, Definition(deadLetter: new() { AfterAttempts = 2 }));
        Assert.Equal(27, (await RunAsync(host)).Rows);
        Assert.Equal([3L, 15, 21], await KeysAsync());
        Assert.Equal(new ReplayResult(0, 3), await host.Client.ReplayDeadLettersAsync("numbers"));

        Volatile.Write(ref unwanted, [21]);
        var letters = (await host.Client.ListDeadLettersAsync("numbers", new() { Limit = 2 }));
        Assert.NotNull(letters.Next);
        Assert.Single((await host.Client.ListDeadLettersAsync("numbers", new() { Limit = 2, Cursor = letters.Next })).Items);
        Assert.Equal(new ReplayResult(2, 1), await host.Client.ReplayDeadLettersAsync("numbers"));
        Assert.Equal([21L], await KeysAsync());
        Assert.Equal(30, numbers.Seen.Count(each => each.Key != 21) + 1);
        var left = (await host.Client.ListDeadLettersAsync("numbers", new())).Items.Single();
        Assert.Equal((4, "number 21 is not wanted"), (left.Attempts, left.Error));
        // A round that comes across the row again puts the same dead letter aside.
        await RunAsync(host);
        Assert.Equal(left.Id, (await host.Client.ListDeadLettersAsync("numbers", new())).Items.Single().Id);
        Assert.Equal(new DiscardResult(1), await host.Client.DiscardDeadLettersAsync("numbers", new() { Ids = [left.Id] }));
        Assert.Empty(await KeysAsync());

        async Task<IEnumerable<long>> KeysAsync() => (await host.Client.ListDeadLettersAsync("numbers", new())).Items.Select(letter => letter.Cursor.KeyAsInt64()).Order();
    }

    [Fact]
    public async Task No_more_shards_of_a_database_are_at_work_than_it_may_have_and_all_end()
    {
        var crowd = new Crowd(expected: 8);
        var numbers = new Numbers(25)
        {
            Process = async (shard, _, stop) =>
            {
                using (await crowd.ComeAsync(shard.Database, stop)) return [];
            },
        };
        await using var host = await StartAsync(numbers, Definition(databases: "db_{0..3}", tables: "t_{0..9}", limits: new() { PerDatabase = 2 }));
        var ended = await RunAsync(host);
        Assert.Equal((ExecutionStatus.Succeeded, 1000L), (ended.Status, ended.Rows));
        Assert.Equal([2, 2, 2, 2], crowd.Most.Values);
        Assert.Equal(8, crowd.MostOfAll);
    }

    [Fact]
    public async Task Pages_that_wait_for_a_limit_are_told()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var numbers = new Numbers(100)
        {
            Process = async (_, _, stop) =>
            {
                await release.Task.WaitAsync(stop);
                return [];
            },
        };
        await using var host = await StartAsync(numbers, Definition(databases: "db_0", tables: "t_{0..2}", pageSize: 100, limits: new() { PerDatabase = 1, RowsPerSecond = 1 }));
        var execution = (await host.Client.TriggerTaskAsync("numbers")).ExecutionId;
        var crowded = await ReasonAsync(host, execution, WhyCode.DatabaseLimit);
        Assert.StartsWith("database db_0 has 1 pages under way on node ", crowded.Message);
        Assert.EndsWith("which is the most: 2 wait for the end of one", (await Eventually.GetAsync("both", async () =>
            (await ReasonAsync(host, execution, WhyCode.DatabaseLimit)) is { } reason && reason.Message.Contains(": 2 ", StringComparison.Ordinal) ? reason : null)).Message);

        release.SetResult(); // the first page took the rows of a hundred seconds
        Assert.StartsWith("the task reads at most 1 rows a second: 1 pages wait for that on node ", (await ReasonAsync(host, execution, WhyCode.RateLimit)).Message);
        Assert.True((await host.Client.WhyExecutionAsync(execution)).Runnable); // slowly
        await host.Client.CancelExecutionAsync(execution);
    }

    [Fact]
    public async Task Rows_come_no_faster_than_they_may()
    {
        var numbers = new Numbers(60);
        await using var host = await StartAsync(numbers, Definition(tables: "t_{0..1}", pageSize: 20, limits: new() { RowsPerSecond = 60 }));
        var began = TimeProvider.System.GetTimestamp();
        Assert.Equal(120, (await RunAsync(host)).Rows);
        // A second's rows and one page may come at once: 40 of the 120 have to wait for their time.
        Assert.True(TimeProvider.System.GetElapsedTime(began) >= TimeSpan.FromSeconds(40 / 60.0 - 0.05), $"120 rows came within {TimeProvider.System.GetElapsedTime(began)}");
    }

    [Fact]
    public async Task A_database_that_fails_is_left_alone_without_using_up_attempts_and_the_others_go_on()
    {
        var down = true;
        var asked = 0;
        var numbers = new Numbers(10)
        {
            Query = shard =>
            {
                if (shard.Database != "db_1" || !Volatile.Read(ref down)) return;
                Interlocked.Increment(ref asked);
                throw new IOException("no route to db_1");
            },
        };
        await using var host = await StartAsync(numbers, Definition(databases: "db_{0..1}", tables: "t_{0..9}"),
            options => options.Limits(limits => limits with { BreakerFailures = 3, BreakerPause = TimeSpan.FromMilliseconds(100), BreakerPauseAtMost = TimeSpan.FromMilliseconds(400) }));
        using var enough = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var events = new ConcurrentQueue<SchedulerEvent>();
        var watching = WatchAsync();
        var execution = (await host.Client.TriggerTaskAsync("numbers")).ExecutionId;

        await Eventually.TrueAsync("the other database's rows", () => numbers.Seen.Count == 100);
        var reason = await ReasonAsync(host, execution, WhyCode.BreakerOpen);
        Assert.Contains("db_1", reason.Message);
        Assert.Contains("no route to db_1", reason.Message);
        Assert.NotNull(reason.Since);
        // All ten fail at once, at most; then one probe for each pause.
        var failures = Volatile.Read(ref asked);
        await Eventually.TrueAsync("three probes more", () => Volatile.Read(ref asked) >= failures + 3);
        Assert.Equal(ExecutionStatus.Running, (await host.Client.GetExecutionAsync(execution)).Status);

        Volatile.Write(ref down, false);
        var ended = await host.Client.WaitForExecutionAsync(execution);
        Assert.Equal((ExecutionStatus.Succeeded, 200L, new ItemCounts(20, 20, 0, 0)), (ended.Status, ended.Rows, ended.Items));
        await Eventually.TrueAsync("the events", () => events.Any(each => each.Kind == SchedulerEventKind.ExecutionEnded));
        Assert.Equal((1, 1), (events.Count(each => each.Kind == SchedulerEventKind.BreakerOpened), events.Count(each => each.Kind == SchedulerEventKind.BreakerClosed)));
        Assert.Equal("db_1", events.First(each => each.Kind == SchedulerEventKind.BreakerOpened).Database);
        await enough.CancelAsync();
        await watching;

        async Task WatchAsync()
        {
            try
            {
                await foreach (var told in host.Client.WatchEventsAsync(enough.Token)) events.Enqueue(told);
            }
            catch (OperationCanceledException)
            {
                // Enough was seen.
            }
        }
    }

    [Fact]
    public async Task A_shard_that_failed_is_told_with_its_task()
    {
        var numbers = new Numbers(10) { Query = shard => throw new NonRetryableException($"no {shard.Table}") };
        await using var host = await StartAsync(numbers, Definition(databases: "db_0", tables: "t_0"));
        using var enough = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await using var events = host.Client.WatchEventsAsync(enough.Token).GetAsyncEnumerator(enough.Token);
        var next = events.MoveNextAsync(); // from here on
        var ended = await RunAsync(host);
        for (; await next; next = events.MoveNextAsync())
            if (events.Current.Kind == SchedulerEventKind.ShardFailed) break;
        Assert.Equal(("numbers", ended.Id, "db_0", "t_0"), (events.Current.Task, events.Current.ExecutionId, events.Current.Database, events.Current.Table));
    }

    [Fact]
    public async Task A_database_in_quarantine_is_not_read_until_it_is_released_and_its_round_waits()
    {
        var numbers = new Numbers(10);
        await using var host = await StartAsync(numbers, Definition(databases: "db_{0..1}", tables: "t_{0..4}"));
        await host.Client.QuarantineDatabaseAsync("numbers", "db_1");
        var execution = (await host.Client.TriggerTaskAsync("numbers")).ExecutionId;
        await Eventually.TrueAsync("the other database's rows", () => numbers.Seen.Count == 50);
        var why = await Eventually.GetAsync("nothing but the quarantine", async () => await host.Client.WhyExecutionAsync(execution) is { Runnable: false } held ? held : null);
        Assert.Contains("db_1", why.Reasons.Single(reason => reason.Code == WhyCode.DatabaseQuarantined).Message);
        Assert.DoesNotContain(numbers.Queries, query => query.Shard.StartsWith("db_1", StringComparison.Ordinal));
        Assert.Equal(ExecutionStatus.Running, (await host.Client.GetExecutionAsync(execution)).Status);

        await host.Client.ReleaseDatabaseAsync("numbers", "db_1");
        var ended = await host.Client.WaitForExecutionAsync(execution);
        Assert.Equal((ExecutionStatus.Succeeded, 100L), (ended.Status, ended.Rows));
    }

    [Fact]
    public async Task A_deletion_that_waits_does_not_wait_for_what_nobody_can_release_or_resume()
    {
        var numbers = new Numbers(10);
        await using var host = await StartAsync(numbers, Definition(databases: "db_{0..1}", tables: "t_{0..2}"),
            options => options.Limits(limits => limits with { Executions = limits.Executions with { SuperviseEvery = TimeSpan.FromMilliseconds(200) } }));
        await host.Client.QuarantineDatabaseAsync("numbers", "db_1");
        await host.Client.PauseShardsAsync("numbers", new() { Database = "db_0", Table = "t_2" });
        var execution = (await host.Client.TriggerTaskAsync("numbers")).ExecutionId;
        await Eventually.TrueAsync("nothing but the quarantine", () => numbers.Seen.Count == 20 && !host.Client.WhyExecutionAsync(execution).Result.Runnable);
        await host.Client.DeleteTaskAsync("numbers", DeleteMode.Wait);

        var ended = await host.Client.WaitForExecutionAsync(execution);
        Assert.Equal((ExecutionStatus.Failed, 20L, new ItemCounts(6, 2, 0, 3), "3 of 6 shards were given up: the task was deleted while their databases were in quarantine"),
            (ended.Status, ended.Rows, ended.Items, ended.Error));
        Assert.DoesNotContain(numbers.Queries, query => query.Shard.StartsWith("db_1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Who_asks_why_a_round_of_a_deleted_task_goes_on_is_told_how_to_end_it()
    {
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var numbers = new Numbers(10)
        {
            Process = async (_, _, stop) =>
            {
                held.TrySetResult();
                await Task.Delay(Timeout.Infinite, stop);
                return [];
            },
        };
        await using var host = await StartAsync(numbers, Definition(databases: "db_{0..1}", tables: "t_{0..1}"));
        await host.Client.QuarantineDatabaseAsync("numbers", "db_1");
        await host.Client.PauseShardsAsync("numbers", new() { Database = "db_0", Table = "t_1" });
        var execution = (await host.Client.TriggerTaskAsync("numbers")).ExecutionId;
        await held.Task.WaitAsync(TimeSpan.FromSeconds(20));
        await host.Client.DeleteTaskAsync("numbers", DeleteMode.Wait);
        var why = await host.Client.WhyExecutionAsync(execution);
        Assert.Equal(
        [
            (WhyCode.TaskDeleted, "its task was deleted with mode wait: it runs to its end, and nobody can resume or release anything of the task any more; cancel it to end it now"),
            (WhyCode.DatabaseQuarantined, "database db_1 is in quarantine: nobody can release it any more, so its shards are given up within 00:00:30"),
            (WhyCode.ShardsPaused, "1 shards are paused: no round runs them or waits for them"),
        ], why.Reasons.Select(reason => (reason.Code, reason.Message)));
        await host.Client.CancelExecutionAsync(execution);
        Assert.Equal(ExecutionStatus.Cancelled, (await host.Client.WaitForExecutionAsync(execution)).Status);
    }

    [Fact]
    public async Task A_quarantine_outlives_its_process()
    {
        using var directory = new TemporaryDirectory();
        var numbers = new Numbers(10);
        await using (var first = await Host.StartAsync(directory.In("scheduler.db"), services => services.AddPolling("numbers", numbers)))
        {
            await first.Client.CreateTaskAsync(Definition());
            await first.Client.QuarantineDatabaseAsync("numbers", "db");
        }
        await using var second = await Host.StartAsync(directory.In("scheduler.db"), services => services.AddPolling("numbers", numbers));
        Assert.Equal(["db"], (await second.Client.GetTaskAsync("numbers")).QuarantinedDatabases);
        var execution = (await second.Client.TriggerTaskAsync("numbers")).ExecutionId;
        await ReasonAsync(second, execution, WhyCode.DatabaseQuarantined);
        await second.Client.CancelExecutionAsync(execution);
        Assert.Equal((ExecutionStatus.Cancelled, 0), ((await second.Client.WaitForExecutionAsync(execution)).Status, numbers.Queries.Count));
    }

    [Fact]
    public async Task An_execution_that_processes_nothing_for_too_long_is_told_once()
    {
        var (held, release) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource());
        var numbers = new Numbers(10)
        {
            Process = async (_, _, stop) =>
            {
                held.TrySetResult();
                await release.Task.WaitAsync(TimeSpan.FromSeconds(60), stop); // by a clock that is moved by hand nobody would give it up
                return [];
            },
        };
        var (time, looks) = (new ManualTime(), TimeSpan.FromMinutes(10));
        await using var host = await StartAsync(numbers, Definition(), options =>
        {
            options.Time = time;
            options.Limits(limits => limits with { Slots = 1, NoProgressAfter = 6 * looks, Executions = new() { SuperviseEvery = looks } });
        });
        using var enough = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await using var events = host.Client.WatchEventsAsync(enough.Token).GetAsyncEnumerator(enough.Token);
        var next = events.MoveNextAsync().AsTask();
        var execution = (await host.Client.TriggerTaskAsync("numbers")).ExecutionId;
        await held.Task.WaitAsync(TimeSpan.FromSeconds(20));
        List<SchedulerEvent> told = [];
        while (await NextAsync())
        {
            told.Add(events.Current);
            if (told[^1].Kind == SchedulerEventKind.ExecutionEnded) break;
            next = events.MoveNextAsync().AsTask();
            if (told[^1].Kind != SchedulerEventKind.NoProgress) continue;
            for (var look = 0; look < 20 && !next.IsCompleted; look++) await PassAsync(looks); // it is told no second time
            release.TrySetResult();
        }
        Assert.Equal([SchedulerEventKind.ExecutionStarted, SchedulerEventKind.NoProgress, SchedulerEventKind.ExecutionEnded], told.Select(each => each.Kind));
        Assert.All(told, each => Assert.Equal(("numbers", execution), (each.Task, each.ExecutionId)));
        Assert.Equal(told.Select(each => each.Id), Enumerable.Range(0, 3).Select(number => told[0].Id + number));
        Assert.Contains("0 rows done", told[1].Message);

        // Hours pass while it is held, and so little from then on that what goes on is not late.
        async Task<bool> NextAsync()
        {
            while (!next.IsCompleted) await PassAsync(release.Task.IsCompleted ? TimeSpan.FromSeconds(1) : looks);
            return await next;
        }

        async Task PassAsync(TimeSpan by)
        {
            time.Advance(by);
            await Task.Delay(10);
        }
    }

    [Fact]
    public async Task Who_waits_for_a_slot_is_told_how_many_there_are()
    {
        await using var host = await Host.StartAsync(services => services.AddTaskHandler("hang", (_, stop) => Task.Delay(Timeout.Infinite, stop)), options => options.Limits(limits => limits with { Slots = 1 }));
        await host.Client.CreateTaskAsync(new() { Name = "a", Handler = new() { Code = new() { Handler = "hang" } }, Overlap = OverlapPolicy.Allow });
        var first = (await host.Client.TriggerTaskAsync("a")).ExecutionId;
        await Eventually.TrueAsync("one runs", () => host.Client.GetExecutionAsync(first).Result.Status == ExecutionStatus.Running);
        var second = (await host.Client.TriggerTaskAsync("a")).ExecutionId;
        var reason = await ReasonAsync(host, second, WhyCode.WaitingForSlot);
        Assert.StartsWith("all 1 run slots of node ", reason.Message);
        Assert.EndsWith("are in use, and 1 runs wait for one", reason.Message);
        Assert.True((await host.Client.WhyExecutionAsync(first)).Runnable);
        Assert.False((await host.Client.WhyExecutionAsync(second)).Runnable);
        Assert.Equal(new SlotCounts(1, 1), (await host.Client.ListNodesAsync()).Items.Single().Slots);
    }
}
