using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Scheduler.Conformance.Servers;
using Scheduler.Server.Demo;
using Scheduler.Tests.Server;
using Xunit.Abstractions;

namespace Scheduler.Cluster.Tests.Processes;

/// <summary>How much there is to poll, and what is asked of the time.</summary>
/// <param name="Tables">The tables.</param>
/// <param name="PageTakes">A page of one row: three silos and their database leave two processors some rest.</param>
/// <param name="Settings">The silos'.</param>
sealed record FaultScale(DemoShape Tables, TimeSpan PageTakes, params (string Name, string Value)[] Settings)
{
    /// <summary>Within this a killed silo's shards have a run elsewhere; null: it is told, since a machine that does other things as well decides it.</summary>
    public TimeSpan? GoesOnWithin { get; init; }

    /// <summary>A silo that is cut off processes its last row within this: a lease, and the page under way. Null: it is told.</summary>
    public TimeSpan? StillProcessesFor { get; init; }

    /// <summary>A silo that joined has its share within this; null: it is told.</summary>
    public TimeSpan? SharesWithin { get; init; }

    /// <summary>What a cluster of three is for, on a machine that does nothing else.</summary>
    public static FaultScale Whole { get; } = new(new(64, 63, 6), TimeSpan.FromMilliseconds(150))
    {
        GoesOnWithin = TimeSpan.FromSeconds(5),
        StillProcessesFor = TimeSpan.FromSeconds(3.5),
        SharesWithin = TimeSpan.FromSeconds(60),
    };

    /// <summary>The same promises over fewer tables, on a machine that may stand still for a second or two: no silo is lost by that.</summary>
    public static FaultScale Small { get; } = new(new(8, 8, 12), TimeSpan.FromMilliseconds(500), ("Cluster__Lease", "00:00:04"), ("Cluster__LeaveAfter", "00:00:03"), ("Cluster__ProbeTimeout", "00:00:02"));
}

/// <summary>Three silos in processes of their own poll tables while rows are added, and one fault follows another.</summary>
public abstract class FaultTests(ITestOutputHelper output)
{
    internal const string Orders = "orders", Often = "often", Asked = "asked";

    /// <summary>Why it is not run; null where it is.</summary>
    internal static string? Missing => Environment.GetEnvironmentVariable("SCHEDULER_LONG") is { Length: > 0 } ? null : "it takes minutes, and a machine that does nothing else: set SCHEDULER_LONG=1";

    private protected virtual FaultScale Scale => FaultScale.Whole;

    /// <summary>A database that nobody has used.</summary>
    private protected abstract Task<ClusterDatabase> DatabaseAsync();

    [StoreFact]
    public async Task Silos_are_killed_stopped_cut_off_and_paused_and_others_start_and_every_promise_is_kept()
    {
        var database = await DatabaseAsync();
        await using var tables = await Tables.CreateAsync(Scale.Tables);
        await using var posts = await Posts.StartAsync();
        posts.Take = Scale.PageTakes;
        await using var fleet = new Fleet(database, tables, Say, Scale.Settings);
        await Task.WhenAll(fleet.StartAsync("a"), fleet.StartAsync("b"));
        await fleet.Client.CreateTaskAsync(Polling.Of(tables, posts, pageSize: 1));
        await fleet.Client.CreateTaskAsync(new() { Name = Often, Schedule = new() { Every = TimeSpan.FromSeconds(1) }, Handler = new() { Code = new() { Handler = "log" } } });
        await fleet.Client.CreateTaskAsync(new() { Name = Asked, Overlap = OverlapPolicy.Allow, Handler = new() { Code = new() { Handler = "log" } } });
        await using var callers = await Callers.StartAsync(database);
        fleet.Watch();
        await fleet.SpreadAsync("the round began with two");

        await KillAsync(fleet, "killed");
        await StopAsync(fleet, "stopped", posts);
        await CutOffAsync(fleet, "cut", posts, database);
        await PauseAsync(fleet, "paused", posts);

        // No fault and no new row any more: the round under way ends, and another reads all that there is.
        posts.Take = TimeSpan.Zero;
        await callers.StopAsync();
        await tables.StopWritingAsync();
        await fleet.Client.PauseTaskAsync(Often);
        await fleet.Client.UpdateTaskAsync(Orders, Polling.Of(tables, posts, pageSize: 500) with { Schedule = null });
        await NothingIsOpenAsync(database);
        var last = (await fleet.Client.TriggerTaskAsync(Orders)).ExecutionId;
        await NothingIsOpenAsync(database);

        Say(Promises.Calls(callers));
        Assert.Empty(await fleet.WatchedAsync());
        var rounds = await Promises.RoundsAsync(fleet.Client, tables, posts, tables.Count);
        Assert.Equal(tables.Rows.Count(), rounds[last].Rows);
        Promises.EachTokenServesOneRun(posts);
        Promises.NoMoreIsRepeatedThanRunsWereLost(posts, pageSize: 1);
        await Promises.EachOccurrenceRunsOnceAsync(database);
        await Promises.EachKeyRunsOnceAsync(fleet.Client, callers);
        Assert.All(await database.ShardsAsync(), shard => Assert.Equal(ShardStatus.Completed, shard.Status));
        Say($"{rounds.Count} rounds, {posts.Count} batches; {Promises.Repeated(posts)} rows were processed again, {Promises.OutOfTurn(posts)} batches came after those of a later run");
    }

    /// <summary>A third silo joins.</summary>
    async Task<SiloProcess> JoinAsync(Fleet fleet, string name, string? connectionString = null)
    {
        var silo = await fleet.StartAsync(name, connectionString);
        var took = await fleet.SpreadAsync($"{name} joined");
        if (Scale.SharesWithin is { } most) Assert.InRange(took, TimeSpan.Zero, most);
        return silo;
    }

    async Task KillAsync(Fleet fleet, string name)
    {
        var silo = await JoinAsync(fleet, name);
        var since = Stopwatch.StartNew();
        await silo.Process.KillAsync();
        var (runs, _) = await fleet.GoesOnAsync("kill -9", silo, since);
        if (Scale.GoesOnWithin is { } most) Assert.InRange(runs, TimeSpan.Zero, most);
        await fleet.SpreadAsync($"{name} was killed");
    }

    async Task StopAsync(Fleet fleet, string name, Posts posts)
    {
        var silo = await JoinAsync(fleet, name);
        var repeated = Promises.Repeated(posts);
        var since = Stopwatch.StartNew();
        silo.Process.Terminate();
        await fleet.GoesOnAsync("SIGTERM", silo, since);
        Assert.Equal(0, await silo.Process.ExitCodeAsync());
        Say($"the process ended after {since.Elapsed.TotalSeconds:0.0} s");
        await fleet.SpreadAsync($"{name} stopped");
        Assert.Equal(repeated, Promises.Repeated(posts));
    }

    async Task CutOffAsync(Fleet fleet, string name, Posts posts, ClusterDatabase database)
    {
        await using var proxy = new StallingProxy(database.Port);
        var silo = await JoinAsync(fleet, name, database.Through(proxy));
        var (since, cut) = (Stopwatch.StartNew(), TimeProvider.System.GetTimestamp());
        proxy.Stall();
        await fleet.GoesOnAsync("cut off from the database", silo, since);
        var code = await silo.Process.ExitCodeAsync();
        Say($"the process left and ended with {code} after {since.Elapsed.TotalSeconds:0.0} s");
        await fleet.SpreadAsync($"{name} was cut off");
        var latest = TimeProvider.System.GetElapsedTime(cut, posts.All.Where(post => post.Silo == name).Max(post => post.At));
        Say($"it processed its last row {latest.TotalSeconds:0.0} s after the cut");
        if (Scale.StillProcessesFor is { } most) Assert.InRange(latest, TimeSpan.Zero, most);
    }

    async Task PauseAsync(Fleet fleet, string name, Posts posts)
    {
        var silo = await JoinAsync(fleet, name);
        var since = Stopwatch.StartNew();
        silo.Process.Pause();
        try
        {
            await fleet.GoesOnAsync("SIGSTOP", silo, since);
        }
        finally
        {
            silo.Process.Continue();
        }
        var awake = TimeProvider.System.GetTimestamp();
        var code = await silo.Process.ExitCodeAsync();
        Say($"awake again, the process ended with {code} after {TimeProvider.System.GetElapsedTime(awake).TotalSeconds:0.0} s; {posts.All.Count(post => post.Silo == name && post.At > awake)} of its batches still came");
        await fleet.SpreadAsync($"{name} was paused");
    }

    void Say(string line)
    {
        output.WriteLine(line);
        TestLog.Instance.LogInformation("{Line}", line);
    }

    internal static Task NothingIsOpenAsync(ClusterDatabase database)
    {
        IReadOnlyList<string> open = [];
        return Silos.UntilAsync(async () => (open = await database.ReadAsync("SELECT task_name, id FROM schedule_execution WHERE ended_at IS NULL", row => $"{row.GetString(0)} {row.GetString(1)}")).Count == 0,
            () => $"nothing to be stuck, got {string.Join(", ", open.Take(5))}", TimeSpan.FromMinutes(3));
    }
}

public sealed class NeedsPostgresAndTimeAttribute : NeedsAttribute
{
    public override string? Missing => PostgresServer.Missing ?? FaultTests.Missing;
}

public sealed class NeedsMariaDbAndTimeAttribute : NeedsAttribute
{
    public override string? Missing => MariaDbServer.Missing ?? FaultTests.Missing;
}

[Collection(ProcessTests.Name), NeedsPostgresAndTime]
public sealed class PostgreSqlFaultTests(PostgresServer server, ITestOutputHelper output) : FaultTests(output), IClassFixture<PostgresServer>
{
    private protected override async Task<ClusterDatabase> DatabaseAsync() => new("postgresql", await server.SchemaAsync(), server.Port);
}

[Collection(ProcessTests.Name), NeedsMariaDbAndTime]
public sealed class MariaDbFaultTests(MariaDbServer server, ITestOutputHelper output) : FaultTests(output), IClassFixture<MariaDbServer>
{
    private protected override async Task<ClusterDatabase> DatabaseAsync() => new("mysql", await server.DatabaseAsync(), server.Port);
}

/// <summary>The same promises in every run of the tests.</summary>
[Collection(ProcessTests.Name), NeedsMariaDb]
public sealed class SmallFaultTests(MariaDbServer server, ITestOutputHelper output) : FaultTests(output), IClassFixture<MariaDbServer>
{
    private protected override FaultScale Scale => FaultScale.Small;

    private protected override async Task<ClusterDatabase> DatabaseAsync() => new("mysql", await server.DatabaseAsync(), server.Port);
}
