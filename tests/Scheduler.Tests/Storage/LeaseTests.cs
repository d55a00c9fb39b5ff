using Npgsql;
using Scheduler.Conformance.Servers;
using Scheduler.Conformance.Stores;
using Scheduler.Running;
using Scheduler.Storage;

namespace Scheduler.Tests.Storage;

[Collection("PostgreSQL"), NeedsPostgres]
public sealed class LeaseTests(PostgresServer server)
{
    static readonly TimeSpan ever = TimeSpan.FromHours(1), gone = TimeSpan.FromMilliseconds(-1);

    static readonly NodeBeat beat = new("node", "here", "1", States.Noon, 1, 0, []);

    [StoreFact]
    public async Task One_of_many_gets_it_and_the_others_see_who()
    {
        var connectionString = await server.SchemaAsync();
        var stores = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => SchedulerStore.OpenPostgreSqlAsync(connectionString)));
        var terms = await Task.WhenAll(stores.Select((store, index) => Of(store, $"holder-{index}", ever).TryTakeAsync(default)));

        var term = Assert.Single(terms, term => term is not null);
        var seen = await Of(stores[0], "looks", ever).LookAsync(default);
        Assert.Equal((term!.Epoch, $"holder-{Array.IndexOf(terms, term)}", false), (seen.Epoch, seen.Holder, seen.IsFree));
        Assert.Equal($"at {seen.Holder}", seen.Address);
        Assert.InRange(seen.Left, ever - TimeSpan.FromMinutes(1), ever);
        foreach (var store in stores) await store.DisposeAsync();
    }

    [StoreFact]
    public async Task What_is_written_under_a_term_is_refused_when_another_has_begun()
    {
        var connectionString = await server.SchemaAsync();
        await using var old = await SchedulerStore.OpenPostgreSqlAsync(connectionString);
        await using var other = await SchedulerStore.OpenPostgreSqlAsync(connectionString);
        var term = (await Of(old, "old", gone).TryTakeAsync(default))!;
        var store = old.Under(term);
        var shard = new EntityWrite.OfShard(States.Shard(1, 1), 0, 1);
        Assert.Equal([WriteOutcome.Written], await store.CommitAsync([shard], default)); // run out, but nobody has taken it

        var next = (await Of(other, "other", ever).TryTakeAsync(default))!;
        Assert.True(next.Epoch > term.Epoch);
        Assert.False(term.Ended.IsCompleted);
        // One connection ended with the term; which call meets it is chance.
        await Assert.ThrowsAnyAsync<Exception>(async () => { for (var i = 0; i < 20; i++) await store.CommitAsync([Next(1)], default); });
        foreach (var write in new Func<Task>[]
        {
            async () => await store.CommitAsync([Next(1)], default),
            async () => await store.CommitAsync([new EntityWrite.OfShard(States.Shard(1, 2), 0, 2)], default),
            async () => await store.InsertShardsAsync([States.Shard(1, 3)], default),
            async () => await store.DeleteShardsAsync(1, [1], default),
            async () => await store.PurgeAsync(States.Noon.AddYears(1), 10, default),
            async () => await store.BeatAsync(beat, default),
        }) Assert.Equal(term.Epoch, long.Parse((await Assert.ThrowsAsync<TermEndedException>(write)).Message.Split(' ')[2].TrimEnd()));

        Assert.True(term.Ended.IsCompletedSuccessfully);
        var left = Assert.Single(await store.ShardsAsync(1, 0, 10, default)); // it reads as ever
        Assert.Equal((1L, 1L), (left.Version, left.WriteId));
        Assert.Equal([WriteOutcome.Written], await other.Under(next).CommitAsync([Next(1)], default));
    }

    [StoreFact]
    public async Task A_commit_with_a_row_that_is_refused_requires_the_term_too()
    {
        var connectionString = await server.SchemaAsync();
        await using var store = await SchedulerStore.OpenPostgreSqlAsync(connectionString);
        var term = (await Of(store, "one", gone).TryTakeAsync(default))!;
        EntityWrite[] writes = [new EntityWrite.OfShard(States.Shard(1, 1), 0, 1), new EntityWrite.OfShard(States.Shard(1, 2) with { Node = new string('n', 200) }, 0, 2)];
        Assert.Equal([WriteResult.Written, WriteResult.Rejected], (await store.Under(term).CommitAsync(writes, default)).Select(outcome => outcome.Result));

        Assert.NotNull(await Of(store, "one", ever).TryTakeAsync(default));
        await Assert.ThrowsAsync<TermEndedException>(async () => await store.Under(term).CommitAsync([writes[1], Next(1)], default));
    }

    [StoreFact]
    public async Task A_beat_lengthens_it_and_it_is_given_back_at_once()
    {
        var connectionString = await server.SchemaAsync();
        await using var store = await SchedulerStore.OpenPostgreSqlAsync(connectionString);
        var lease = Of(store, "one", TimeSpan.FromSeconds(30));
        var term = (await lease.TryTakeAsync(default))!;
        Assert.Null(await lease.TryTakeAsync(default)); // it is not free, not for who has it either
        var before = await NumberAsync(connectionString, "SELECT expires_at FROM schedule_lease");
        await Server.Eventually.GetAsync("a lease that lasts longer", async () => // a beat in the millisecond of the taking adds none
        {
            await store.Under(term).BeatAsync(beat, default);
            return await NumberAsync(connectionString, "SELECT expires_at FROM schedule_lease") > before ? lease : null;
        });
        Assert.InRange((await lease.LookAsync(default)).Left, TimeSpan.FromTicks(1), TimeSpan.FromSeconds(30));

        await lease.ReleaseAsync(term, default);
        Assert.True((await lease.LookAsync(default)).IsFree);
        Assert.NotNull(await Of(store, "two", ever).TryTakeAsync(default));
    }

    [StoreFact]
    public async Task Those_of_one_name_share_it_and_a_process_of_another_gets_it_after_them()
    {
        var connectionString = await server.SchemaAsync();
        var stores = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => SchedulerStore.OpenPostgreSqlAsync(connectionString)));
        var terms = await Task.WhenAll(stores.Select(store => Of(store, "cluster", ever).TryShareAsync(default)));
        Assert.All(terms, term => Assert.Equal(1, term!.Epoch));
        Assert.Null(await Of(stores[0], "server", ever).TryTakeAsync(default));
        Assert.Null(await Of(stores[0], "another cluster", ever).TryShareAsync(default));

        // It ran out, and nobody was faster: they have it still. Had somebody been, none of them would.
        Assert.Equal(1, (await Of(stores[1], "cluster", ever).TryShareAsync(default))!.Epoch);
        await Of(stores[1], "cluster", ever).ReleaseAsync(terms[1]!, default);
        Assert.Equal(1, (await Of(stores[2], "cluster", ever).TryShareAsync(default))!.Epoch);
        await Of(stores[1], "cluster", ever).ReleaseAsync(terms[1]!, default);
        Assert.Equal(2, (await Of(stores[0], "server", ever).TryTakeAsync(default))!.Epoch);
        Assert.Null(await Of(stores[3], "cluster", ever).TryShareAsync(default));
        await Assert.ThrowsAsync<TermEndedException>(async () => await stores[3].Under(terms[3]!).BeatAsync(beat, default));
        foreach (var store in stores) await store.DisposeAsync();
    }

    [StoreFact]
    public async Task A_transaction_in_which_a_process_stands_still_holds_nobody_up()
    {
        var connectionString = await server.SchemaAsync();
        await using var old = await SchedulerStore.OpenPostgreSqlAsync(connectionString);
        await using var other = await SchedulerStore.OpenPostgreSqlAsync(connectionString);
        var term = (await Of(old, "old", gone).TryTakeAsync(default))!;
        await old.Under(term).CommitAsync([new EntityWrite.OfShard(States.Shard(1, 1), 0, 1)], default);

        // As the old one's: it has passed the check, has changed a row, and gets no further.
        await using var paused = new NpgsqlConnection($"{connectionString};Application Name={await SessionsAsync(connectionString)}");
        await paused.OpenAsync();
        await using var transaction = await paused.BeginTransactionAsync();
        await ExecuteAsync(paused, $"CALL schedule_require_epoch({term.Epoch}); UPDATE schedule_task_item SET version = 9, total_count = 9");

        var next = await Of(other, "other", ever).TryTakeAsync(default);
        Assert.NotNull(next);
        Assert.Equal([WriteOutcome.Written], await other.Under(next).CommitAsync([Next(1)], default));
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => transaction.CommitAsync());
    }

    [StoreFact]
    public async Task Whoever_else_uses_the_database_is_left_alone()
    {
        var connectionString = await server.SchemaAsync();
        await using var nameless = new NpgsqlConnection(connectionString);
        await nameless.OpenAsync();
        for (var epoch = 1; epoch <= 3; epoch++)
        {
            await using var store = await SchedulerStore.OpenPostgreSqlAsync(connectionString);
            Assert.Equal(epoch, (await Of(store, "one", gone).TryTakeAsync(default))!.Epoch);
            await ExecuteAsync(nameless, "SELECT 1");
        }
    }

    static EntityWrite.OfShard Next(long version) => new(States.Shard(1, 1) with { Rows = 7 }, version, 70);

    static Lease Of(SchedulerStore store, string holder, TimeSpan lasts) => new(store, holder, () => $"at {holder}", lasts);

    static async Task<string> SessionsAsync(string connectionString) => (string)await ScalarAsync(connectionString, "SELECT sessions FROM schedule_lease");

    static async Task<long> NumberAsync(string connectionString, string sql) => (long)await ScalarAsync(connectionString, sql);

    static async Task<object> ScalarAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return (await command.ExecuteScalarAsync())!;
    }

    static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }
}
