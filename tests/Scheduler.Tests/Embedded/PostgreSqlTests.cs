using Scheduler.Conformance.Servers;
using Scheduler.Tests.Server;

namespace Scheduler.Tests.Embedded;

[Collection("PostgreSQL"), NeedsPostgres]
public sealed class CodeOnPostgreSqlTests(PostgresServer server) : CodeTests
{
    protected override Task<Action<SchedulerOptions>> StoreAsync() => server.StoreAsync();
}

[Collection("PostgreSQL"), NeedsPostgres]
public sealed class PollingOnPostgreSqlTests(PostgresServer server) : PollingTests
{
    protected override Task<Action<SchedulerOptions>> StoreAsync() => server.StoreAsync();
}

/// <summary>Processes that take turns see each other.</summary>
[Collection("PostgreSQL"), NeedsPostgres]
public sealed class NodesOnPostgreSqlTests(PostgresServer server)
{
    [StoreFact]
    public async Task Whoever_stands_by_is_a_node_until_its_turn_comes()
    {
        var store = await server.StoreAsync();
        await using var second = await HostAsync("second", after: await HostAsync("first"));
        await SeenAsync(second, "second live"); // the first has ended
        await using var third = await HostAsync("third");
        foreach (var each in (Host[])[second, third]) await SeenAsync(each, "second live, third standby");

        // From each of them, while the first lives: ends it, and waits for the turn.
        async Task<Host> HostAsync(string address, Host? after = null)
        {
            var host = await Host.StartAsync(_ => { }, options =>
            {
                store(options);
                options.Address = address;
            });
            if (after is null) return host;
            foreach (var each in (Host[])[after, host]) await SeenAsync(each, $"first live, {address} standby");
            await after.DisposeAsync();
            return host;
        }

        static async Task SeenAsync(Host host, string expected)
        {
            var seen = "";
            await Eventually.GetAsync(expected, async () =>
            {
                var nodes = (await host.Client.ListNodesAsync()).Items;
                Assert.Equal(nodes.Count, nodes.Select(node => node.Id).Distinct().Count());
                Assert.Equal(nodes.Count, nodes.Select(node => node.Address).Distinct().Count()); // a process is one node, whatever turns it takes
                seen = string.Join(", ", nodes.Where(node => node.Status is not NodeStatus.Gone && !(node.Address == "first" && expected[0] != 'f')).Select(node => $"{node.Address} {(node.Status == NodeStatus.Live ? "live" : "standby")}").Order());
                return seen == expected ? seen : null;
            }, () => seen);
        }
    }
}

[Collection("PostgreSQL"), NeedsPostgres]
public sealed class LogsOnPostgreSqlTests(PostgresServer server) : LogTests
{
    protected override Task<Action<SchedulerOptions>> StoreAsync() => server.StoreAsync();
}

static class PostgreSqlStores
{
    /// <summary>A store in a schema that nobody has used, with the longest lease: a machine that stalls cuts nobody off who is not meant to be.</summary>
    public static async Task<Action<SchedulerOptions>> StoreAsync(this PostgresServer server)
    {
        var connectionString = await server.SchemaAsync();
        return options => options.UsePostgreSql(connectionString).Limits(limits => limits with { LeaseFor = TimeSpan.FromMinutes(1) });
    }
}
