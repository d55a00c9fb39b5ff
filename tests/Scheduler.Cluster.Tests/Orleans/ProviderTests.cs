using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Runtime;
using Orleans.Storage;
using Scheduler.Cluster.Grains;
using Scheduler.Conformance.Servers;

namespace Scheduler.Cluster.Tests.OrleansTables;

/// <summary>Remembers a number, and how often it was reminded.</summary>
public interface IReminded : IGrainWithStringKey
{
    Task<int> AddAsync(int number);
    Task<int> TicksAsync();
    Task RemindAsync();
    Task ForgetAsync();
}

[GenerateSerializer]
public sealed class Remembered
{
    [Id(0)]
    public int Number { get; set; }
}

public sealed class Reminded([PersistentState("number", BucketGrain.Storage)] IPersistentState<Remembered> state) : Grain, IReminded, IRemindable
{
    int ticks;

    public async Task<int> AddAsync(int number)
    {
        state.State.Number += number;
        await state.WriteStateAsync();
        return state.State.Number;
    }

    public Task<int> TicksAsync() => Task.FromResult(ticks);

    public Task RemindAsync() => this.RegisterOrUpdateReminder("soon", TimeSpan.FromMilliseconds(200), TimeSpan.FromMinutes(1));

    public async Task ForgetAsync() => await this.UnregisterReminder(await this.GetReminder("soon") ?? throw new InvalidOperationException("expected a reminder, got none"));

    public Task ReceiveReminder(string reminderName, TickStatus status)
    {
        ticks++;
        return Task.CompletedTask;
    }
}

/// <summary>Orleans' own providers on the tables that this project makes for them.</summary>
public abstract class ProviderTests : IAsyncLifetime
{
    string connectionString = "";

    /// <summary>A database without tables.</summary>
    protected abstract Task<string> DatabaseAsync();

    protected abstract Task CreateAsync(string connectionString);

    protected abstract void Use(ISiloBuilder silo, string connectionString);

    /// <summary>The provider's name to Orleans.</summary>
    protected abstract string Invariant { get; }

    public async Task InitializeAsync()
    {
        connectionString = await DatabaseAsync();
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => CreateAsync(connectionString))); // three silos that start at once
        await CreateAsync(connectionString);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    async Task<IHost> SiloAsync()
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.SetMinimumLevel(LogLevel.Error);
        builder.UseOrleans(silo =>
        {
            Use(silo, connectionString);
            silo.ConfigureEndpoints(IPAddress.Loopback, Ports.Free(), Ports.Free());
            silo.Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = ("tests", "service"));
            silo.Configure<ReminderOptions>(options =>
            {
                options.MinimumReminderPeriod = TimeSpan.FromSeconds(1);
                // A reminder that comes while silos divide them anew is found by its next look at the table; else that is minutes away.
                options.RefreshReminderListPeriod = TimeSpan.FromSeconds(2);
            });
        });
        var host = builder.Build();
        await host.StartAsync();
        return host;
    }

    /// <summary>A program that finds the silos in the database.</summary>
    async Task<IHost> ClientAsync()
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.UseOrleansClient(client => client
            .UseAdoNetClustering(options => (options.Invariant, options.ConnectionString) = (Invariant, connectionString))
            .Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = ("tests", "service")));
        var host = builder.Build();
        await host.StartAsync();
        return host;
    }

    [StoreFact]
    public async Task Silos_join_and_leave_and_grains_keep_their_state_and_reminders()
    {
        using var one = await SiloAsync();
        using var two = await SiloAsync();
        var members = one.Services.GetRequiredService<IMembershipTable>();
        var rows = await members.ReadAll();
        Assert.Equal([SiloStatus.Active, SiloStatus.Active], rows.Members.Select(row => row.Item1.Status));
        Assert.All(rows.Members, row => Assert.InRange((DateTime.UtcNow - row.Item1.StartTime).Duration(), TimeSpan.Zero, TimeSpan.FromMinutes(2)));

        using var client = await ClientAsync();
        var grains = client.Services.GetRequiredService<IGrainFactory>();
        string[] keys = [.. Enumerable.Range(0, 20).Select(i => $"key {i} ä🚚")];
        foreach (var key in keys) Assert.Equal(3, await grains.GetGrain<IReminded>(key).AddAsync(3));
        await grains.GetGrain<IReminded>(keys[0]).RemindAsync();
        for (var deadline = DateTime.UtcNow.AddSeconds(60); await grains.GetGrain<IReminded>(keys[0]).TicksAsync() == 0; await Task.Delay(50))
            Assert.True(DateTime.UtcNow < deadline, "expected a tick within a minute");

        await client.StopAsync();
        await one.StopAsync();
        var after = await two.Services.GetRequiredService<IMembershipTable>().ReadAll();
        Assert.Equal([SiloStatus.Active, SiloStatus.Dead], after.Members.Select(row => row.Item1.Status).Order());
        Assert.True(after.Version.Version > rows.Version.Version);
        var rest = two.Services.GetRequiredService<IGrainFactory>();
        foreach (var key in keys) Assert.Equal(7, await rest.GetGrain<IReminded>(key).AddAsync(4));
        await rest.GetGrain<IReminded>(keys[0]).ForgetAsync();
        Assert.Empty((await two.Services.GetRequiredService<IReminderTable>().ReadRows(0, 0)).Reminders);
        await two.StopAsync();
    }

    /// <summary>A deadlock's victim has written nothing; Orleans asks again.</summary>
    static async Task<bool> TryAsync(Task<bool> change)
    {
        try
        {
            return await change;
        }
        catch (System.Data.Common.DbException victim) when (victim.SqlState is "40001" or "40P01")
        {
            return false;
        }
    }

    [StoreFact]
    public async Task Of_two_changes_of_a_membership_that_saw_the_same_version_one_is_made()
    {
        using var host = await SiloAsync();
        var members = host.Services.GetRequiredService<IMembershipTable>();
        var version = (await members.ReadAll()).Version;
        MembershipEntry[] entries = [.. Enumerable.Range(1, 6).Select(i => Entry(i))];
        var inserted = await Task.WhenAll(entries.Select(entry => TryAsync(members.InsertRow(entry, version.Next()))));
        Assert.Single(inserted, true);
        var entry = entries[Array.IndexOf(inserted, true)];

        version = (await members.ReadAll()).Version;
        Assert.False(await members.InsertRow(entry, version.Next())); // it is there already, and the version stays
        Assert.Equal(version, (await members.ReadAll()).Version);
        entry.Status = SiloStatus.Joining;
        entry.SuspectTimes = [Tuple.Create(entries[0].SiloAddress, DateTime.UtcNow)];
        var updated = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => TryAsync(members.UpdateRow(entry, "", version.Next()))));
        Assert.Single(updated, true);
        entry.IAmAliveTime = DateTime.UtcNow.AddDays(-3);
        await members.UpdateIAmAlive(entry);
        var read = Assert.Single((await members.ReadRow(entry.SiloAddress)).Members).Item1;
        Assert.Equal((SiloStatus.Joining, 1, 0), (read.Status, read.SuspectTimes?.Count ?? 0, (int)(read.IAmAliveTime - entry.IAmAliveTime).TotalMilliseconds));
        Assert.Empty((await members.ReadRow(Entry(99).SiloAddress)).Members);

        entry.Status = SiloStatus.Dead;
        Assert.True(await members.UpdateRow(entry, "", (await members.ReadAll()).Version.Next()));
        await members.UpdateIAmAlive(entry); // an update writes the time too
        await members.CleanupDefunctSiloEntries(DateTimeOffset.UtcNow.AddDays(-1));
        Assert.Equal([SiloStatus.Active], (await members.ReadAll()).Members.Select(row => row.Item1.Status));
        await host.StopAsync();
        await members.DeleteMembershipTableEntries("tests");

        static MembershipEntry Entry(int number) => new()
        {
            SiloAddress = SiloAddress.New(IPAddress.Parse("10.0.0.1"), 1000 + number, 5),
            SiloName = $"silo {number}",
            HostName = "host",
            Status = SiloStatus.Created,
            StartTime = DateTime.UtcNow,
            IAmAliveTime = DateTime.UtcNow,
        };
    }

    [StoreFact]
    public async Task Reminders_are_read_by_ranges_of_hashes_and_removed_by_their_version()
    {
        using var host = await SiloAsync();
        var reminders = host.Services.GetRequiredService<IReminderTable>();
        List<(GrainId Grain, string Etag)> all = [];
        for (var i = 0; i < 50; i++)
        {
            var grain = GrainId.Create("reminded", $"grain {i}");
            all.Add((grain, (await reminders.UpsertRow(new() { GrainId = grain, ReminderName = "r", StartAt = new(2026, 3, 1, 12, 0, 0, 123, DateTimeKind.Utc), Period = TimeSpan.FromDays(60) }))!));
        }
        Assert.Equal(50, (await reminders.ReadRows(0, 0)).Reminders.Count);
        const uint Low = 1_000_000_000, High = 3_000_000_000;
        foreach (var (begin, end) in new[] { (Low, High), (High, Low), (0u, Low), (High, uint.MaxValue) })
            Assert.Equal(all.Where(each => IsIn(each.Grain.GetUniformHashCode(), begin, end)).Select(each => each.Grain).Order(), (await reminders.ReadRows(begin, end)).Reminders.Select(reminder => reminder.GrainId).Order());

        var (first, etag) = all[0];
        var read = await reminders.ReadRow(first, "r");
        Assert.NotNull(read);
        Assert.Equal((etag, TimeSpan.FromDays(60), new DateTime(2026, 3, 1, 12, 0, 0, 123, DateTimeKind.Utc)), (read.ETag, read.Period, read.StartAt));
        read.Period = TimeSpan.FromMinutes(1);
        var newer = await reminders.UpsertRow(read) ?? "";
        Assert.NotEqual(etag, newer);
        Assert.False(await reminders.RemoveRow(first, "r", etag));
        Assert.Equal(TimeSpan.FromMinutes(1), Assert.Single((await reminders.ReadRows(first)).Reminders).Period);
        Assert.True(await reminders.RemoveRow(first, "r", newer));
        Assert.Null(await reminders.ReadRow(first, "r"));
        await reminders.TestOnlyClearTable();
        Assert.Empty((await reminders.ReadRows(0, 0)).Reminders);
        await host.StopAsync();

        // A ring: from just after the one to the other.
        static bool IsIn(uint hash, uint begin, uint end) => begin < end ? hash > begin && hash <= end : hash > begin || hash <= end;
    }

    [StoreFact]
    public async Task A_grains_state_is_written_read_and_cleared_and_a_stale_write_conflicts()
    {
        using var host = await SiloAsync();
        var storage = host.Services.GetRequiredKeyedService<IGrainStorage>(BucketGrain.Storage);
        foreach (var id in new[] { GrainId.Create("g", "text"), GrainId.Create("g", "text "), GrainId.Create(GrainType.Create("g"), GrainIdKeyExtensions.CreateIntegerKey(long.MaxValue)), GrainId.Create(GrainType.Create("g"), GrainIdKeyExtensions.CreateGuidKey(Guid.NewGuid(), "more")) })
        {
            var state = await ReadAsync(id);
            Assert.Equal((false, null), (state.RecordExists, state.ETag));
            var other = await ReadAsync(id);
            state.State!.Number = 5;
            await storage.WriteStateAsync("state", id, state);
            await Assert.ThrowsAsync<InconsistentStateException>(() => storage.WriteStateAsync("state", id, other));
            state.State!.Number = 6;
            await storage.WriteStateAsync("state", id, state);
            other = await ReadAsync(id);
            Assert.Equal((6, state.ETag), (other.State!.Number, other.ETag));
            await storage.WriteStateAsync("state", id, other);
            await Assert.ThrowsAsync<InconsistentStateException>(() => storage.WriteStateAsync("state", id, state));
            await Assert.ThrowsAsync<InconsistentStateException>(() => storage.ClearStateAsync("state", id, state));
            await storage.ClearStateAsync("state", id, other);
            Assert.False((await ReadAsync(id)).RecordExists);
            other.State!.Number = 8;
            await storage.WriteStateAsync("state", id, other); // a cleared state may be written again
            Assert.Equal(8, (await ReadAsync(id)).State!.Number);
        }
        await host.StopAsync();

        async Task<GrainState<Remembered>> ReadAsync(GrainId id)
        {
            var state = new GrainState<Remembered> { State = new() };
            await storage.ReadStateAsync("state", id, state);
            return state;
        }
    }
}

[Collection("MariaDB"), NeedsMariaDb]
public sealed class MySqlProviderTests(MariaDbServer server) : ProviderTests
{
    protected override Task<string> DatabaseAsync() => server.DatabaseAsync();

    protected override Task CreateAsync(string connectionString) => SchedulerDatabase.CreateMySqlAsync(connectionString);

    protected override void Use(ISiloBuilder silo, string connectionString) => silo.UseMySqlForOrleans(connectionString);

    protected override string Invariant => "MySql.Data.MySqlConnector";
}

[CollectionDefinition("PostgreSQL")]
public sealed class PostgresCollection : ICollectionFixture<PostgresServer>;

[Collection("PostgreSQL"), NeedsPostgres]
public sealed class PostgreSqlProviderTests(PostgresServer server) : ProviderTests
{
    protected override Task<string> DatabaseAsync() => server.SchemaAsync();

    protected override Task CreateAsync(string connectionString) => SchedulerDatabase.CreatePostgreSqlAsync(connectionString);

    protected override void Use(ISiloBuilder silo, string connectionString) => silo.UsePostgreSqlForOrleans(connectionString);

    protected override string Invariant => "Npgsql";
}
