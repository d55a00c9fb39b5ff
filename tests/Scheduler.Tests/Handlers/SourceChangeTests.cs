using Microsoft.Extensions.DependencyInjection;
using Scheduler.Tests.Embedded;

namespace Scheduler.Tests.Handlers;

/// <summary>What a table that fitted its definition may become, and tables that were not there when the task was defined.</summary>
public sealed class SourceChangeTests
{
    static async Task<(ExecutionView Ended, string? Error)> RoundAsync(Host host)
    {
        var ended = await host.Client.WaitForExecutionAsync((await host.Client.TriggerTaskAsync("rentals")).ExecutionId);
        return (ended, (await host.Client.ListShardsAsync("rentals", new())).Items.Select(shard => shard.Error).FirstOrDefault(error => error is not null));
    }

    [Theory]
    [InlineData("incremental")]
    [InlineData("fullThenIncremental")]
    public async Task A_time_that_is_NULL_later_ends_the_round_and_is_read_when_it_is_set(string mode)
    {
        using var sources = new Sources().Run("main", "CREATE TABLE rental (rental_id INTEGER PRIMARY KEY, last_update TEXT); INSERT INTO rental VALUES (1, '2020-01-31 08:00:00');");
        await using var receiver = await Receiver.StartAsync();
        await using var host = await sources.HostAsync();
        Assert.Equal(1, (await host.RunAsync(Define("01:00:00"))).Rows);

        sources.Run("main", "INSERT INTO rental VALUES (2, NULL);");
        var (ended, error) = await RoundAsync(host);
        Assert.Equal((ExecutionStatus.Failed, """query: connection "shop": table "main"."rental": column "last_update" holds NULL: expected a value in each row"""), (ended.Status, error));

        // After the handover of the full pass, which was an hour before it.
        sources.Run("main", "UPDATE rental SET last_update = strftime('%Y-%m-%d %H:%M:%S', 'now', '-30 minutes') WHERE rental_id = 2;");
        await host.Client.UpdateTaskAsync("rentals", Define("00:00:00"));
        Assert.Equal(1, (await RoundAsync(host)).Ended.Rows);

        TaskDefinition Define(string lag) => Sources.Define(receiver.Url, $$"""{"mode":"{{mode}}","timeColumn":"last_update","lag":"{{lag}}"}""");
    }

    [Fact]
    public async Task A_key_that_is_NULL_later_ends_the_round()
    {
        using var sources = new Sources().Run("main", "CREATE TABLE rental (rental_id TEXT UNIQUE); INSERT INTO rental VALUES ('a');");
        await using var receiver = await Receiver.StartAsync();
        await using var host = await sources.HostAsync();
        Assert.Equal(1, (await host.RunAsync(Sources.Define(receiver.Url))).Rows);
        sources.Run("main", "INSERT INTO rental VALUES (NULL);");
        var (ended, error) = await RoundAsync(host);
        Assert.Equal((ExecutionStatus.Failed, """query: connection "shop": table "main"."rental": column "rental_id" holds NULL: expected a value in each row"""), (ended.Status, error));
    }

    [Fact]
    public async Task A_time_that_is_written_otherwise_later_ends_the_round()
    {
        using var sources = new Sources().Run("main", "CREATE TABLE rental (rental_id INTEGER PRIMARY KEY, last_update TEXT NOT NULL); INSERT INTO rental VALUES (1, strftime('%Y-%m-%dT%H:%M:%S', 'now', '-7 seconds'));");
        await using var receiver = await Receiver.StartAsync();
        await using var host = await sources.HostAsync();
        Assert.Equal(1, (await host.RunAsync(Sources.Define(receiver.Url, """{"mode":"incremental","timeColumn":"last_update"}"""))).Rows);
        sources.Run("main", "INSERT INTO rental VALUES (2, strftime('%Y-%m-%d %H:%M:%S', 'now', '-6 seconds'));"); // sorts before row 1, which has been read
        var (ended, error) = await RoundAsync(host);
        Assert.Equal(ExecutionStatus.Failed, ended.Status);
        Assert.Contains("""column "last_update" of table "rental": expected text such as "2026-01-31 08:00:00" in UTC, with one separator in all rows, got """, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("CREATE TABLE rental_1 (rental_id INTEGER PRIMARY KEY, last_update TEXT); INSERT INTO rental_1 VALUES (1, NULL)", """table "main"."rental_1": column "last_update" holds NULL: expected a value in each row""")]
    [InlineData("CREATE TABLE rental_1 (rental_id INTEGER PRIMARY KEY, changed TEXT)", """table "main"."rental_1" has no column "last_update".""")]
    [InlineData("CREATE TABLE rental_1 (rental_id INTEGER, last_update TEXT)", """table "main"."rental_1" has column "rental_id", but no primary key or unique index of it alone, in its own order: rows with one key might be passed over""")]
    [InlineData("SELECT 1", """database "main": there is no table "rental_1".""")]
    public async Task A_table_that_is_discovered_is_held_against_the_definition(string sql, string error)
    {
        using var sources = new Sources().Run("main", "CREATE TABLE rental_0 (rental_id INTEGER PRIMARY KEY, last_update TEXT NOT NULL); INSERT INTO rental_0 VALUES (1, '2020-01-31 08:00:00');");
        await using var receiver = await Receiver.StartAsync();
        List<ShardName> found = [new("main", "rental_0")];
        await using var host = await sources.HostAsync(services => services.AddShardDiscovery("tables", _ => Task.FromResult<IReadOnlyList<ShardName>>([.. found])));
        var definition = Sources.Define(receiver.Url, """{"mode":"incremental","timeColumn":"last_update","shards":{"discover":"tables"}}""");
        Assert.Equal((ExecutionStatus.Succeeded, 1L), await host.RunAsync(definition) is var first ? (first.Status, first.Rows) : default);

        sources.Run("main", sql);
        found.Add(new("main", "rental_1"));
        var (ended, told) = await RoundAsync(host);
        Assert.Equal((ExecutionStatus.Failed, $"query: connection \"shop\": {error}".TrimEnd('.')), (ended.Status, told?.TrimEnd('.')));
        Assert.Single((await host.Client.ListShardsAsync("rentals", new() { Status = ShardStatus.Failed })).Items); // the others go on
    }

    [Theory]
    [InlineData("INTEGER", "\"abc\"", "expected a key such as column \"rental_id\" of table \"rental\" holds (INTEGER), got \"abc\"")]
    [InlineData("TEXT", "\"abc\"", null)]
    [InlineData("INTEGER", "\"7\"", null)]
    [InlineData("INTEGER", "7", null)]
    public async Task A_place_to_rewind_to_is_a_key_of_the_table(string type, string key, string? expected)
    {
        using var sources = new Sources().Run("main", $"CREATE TABLE rental (rental_id {type} PRIMARY KEY); INSERT INTO rental VALUES (1), (7), (9);");
        await using var receiver = await Receiver.StartAsync();
        await using var host = await sources.HostAsync();
        Assert.Equal(3, (await host.RunAsync(Sources.Define(receiver.Url))).Rows);
        var rewind = host.Client.RewindShardsAsync("rentals", StrictJson.Parse<RewindRequest>($$"""{ "to": { "key": {{key}} } }"""));
        if (expected is null)
        {
            Assert.Equal(1, (await rewind).Shards);
            Assert.Equal(type == "TEXT" ? 0 : 1, (await RoundAsync(host)).Ended.Rows);
            return;
        }
        var refused = await Assert.ThrowsAsync<SchedulerException>(() => rewind);
        Assert.Equal((SchedulerErrorKind.Invalid, $"to.key: {expected}"), (refused.Kind, refused.Message));
        Assert.Equal(3, (await RoundAsync(host)).Ended.Rows);
    }
}
