using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;
using Scheduler.Conformance.Servers;
using Scheduler.Handlers;
using Scheduler.Server.Demo;
using Scheduler.Server.Handlers;
using Scheduler.Storage;
using Scheduler.Tests.Server;
using Xunit.Abstractions;

namespace Scheduler.Cluster.Tests;

/// <summary>A PostgreSQL database that was a standalone server's is a cluster's, and the other way round; and never both at once.</summary>
[Collection(OneAtATime.Name), NeedsPostgres]
public sealed class TakeoverTests(PostgresServer postgres, ITestOutputHelper output) : IClassFixture<PostgresServer>, IAsyncLifetime
{
    const int Page = 50, Slots = 16;

    static readonly DemoShape shape = new(8, 8, 1000);

    /// <summary>A page's: a round of half a minute for the server and of a quarter for two silos, so that it is caught in its middle, one of 0.8 s for the server that ends it.</summary>
    static readonly TimeSpan slow = TimeSpan.FromMilliseconds(400), quick = TimeSpan.FromMilliseconds(10), lease = TimeSpan.FromSeconds(10);

    readonly TemporaryDirectory temporary = new();
    Ledger ledger = null!;
    string database = "";

    DemoDirectory Demo => new(temporary.In("demo"));

    public async Task InitializeAsync()
    {
        if (PostgresServer.Missing is not null) return;
        database = await postgres.SchemaAsync();
        Demo.Hold().Dispose();
        await Sources.CreateAsync(Demo, shape, _ => { }, CancellationToken.None);
        ledger = new(Demo.Ledger);
    }

    public Task DisposeAsync()
    {
        ledger?.Dispose();
        temporary.Dispose();
        return Task.CompletedTask;
    }

    [StoreTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_round_begins_in_the_server_goes_on_in_a_cluster_and_ends_in_the_server(bool killed)
    {
        string execution;
        IReadOnlyList<DateTimeOffset> nights;
        await using (var server = Serve(slow))
        {
            using var http = await server.ListensAsync();
            await CreateAsync(http, new() { Name = "rows", Handler = new() { Polling = new() { Handler = "demo.rows", Shards = shape.Patterns, PageSize = Page } } });
            await CreateAsync(http, new() { Name = "often", Schedule = new() { Every = TimeSpan.FromSeconds(1) }, Handler = new() { Code = new() { Handler = "log" } } });
            await CreateAsync(http, new() { Name = "nightly", Schedule = new() { Cron = "0 0 3 * * ?", TimeZone = "Europe/Berlin" }, Handler = new() { Code = new() { Handler = "log" } } });
            nights = (await http.GetFromJsonAsync<Page<DateTimeOffset>>("tasks/nightly/next?count=3", SchedulerJson.Lenient))!.Items;
            using var triggered = (await http.PostAsync("tasks/rows/trigger", null)).EnsureSuccessStatusCode();
            execution = (await triggered.Content.ReadFromJsonAsync<TriggerResult>(SchedulerJson.Lenient))!.ExecutionId;
            await SeenAsync(0.15, () => server.Output);
            if (killed) await server.KillAsync();
            else
            {
                server.Terminate();
                Assert.Equal(0, await server.ExitCodeAsync());
            }
        }
        var inServer = Ledger.Count(Demo.Ledger);

        var silos = new[] { await StartSiloAsync(database), await StartSiloAsync(database) };
        var client = silos[0].Services.GetRequiredService<ISchedulerClient>();
        await SeenAsync(0.3, () => $"{Ledger.Count(Demo.Ledger)} rows, {inServer} of them in the server");
        var halfway = await client.GetExecutionAsync(execution);
        Assert.Equal((ExecutionStatus.Running, 1L, 1), (halfway.Status, halfway.Sequence, halfway.Attempt));
        Assert.Equal(nights, await client.NextOccurrencesAsync("nightly", 3));
        await Task.WhenAll(silos.Select(silo => silo.StopAsync()));
        foreach (var silo in silos) silo.Dispose();
        Assert.InRange(Ledger.Count(Demo.Ledger), 0.3 * shape.TotalRows, shape.TotalRows - 1);

        await using var again = Serve();
        using var back = await again.ListensAsync();
        var ended = await Eventually.GetAsync("the round to end", async () =>
            await back.GetFromJsonAsync<ExecutionView>($"executions/{execution}", SchedulerJson.Lenient) is { EndedAt: not null } over ? over : null, () => again.Output);
        Assert.Equal((ExecutionStatus.Succeeded, 1, (long)shape.TotalRows), (ended.Status, ended.Attempt, ended.Rows));
        var proof = Proof.Of(Demo, shape, CancellationToken.None);
        output.WriteLine($"{proof.Written} rows, {inServer} in the server before, {proof.Lost} lost, {proof.SeenAgain} seen again");
        Assert.Equal((0L, 0L, 0L), (proof.Lost, proof.Unknown, proof.OutOfTurn));
        // Page size × (slots + pages that wait for their commit, one of each slot); nothing where all stopped in order.
        Assert.InRange(proof.SeenAgain, 0, killed ? Page * 2 * Slots : 0);

        // Each second's execution is the next in line, whoever made it, and none is made twice.
        await Eventually.GetAsync("three occurrences", async () => (await back.GetFromJsonAsync<TaskView>("tasks/often", SchedulerJson.Lenient)) is { ExecutionCount: >= 3 } due ? due : null, () => again.Output);
        using (var paused = (await back.PostAsync("tasks/often/pause", null)).EnsureSuccessStatusCode()) Assert.NotNull(paused);
        var count = (await back.GetFromJsonAsync<TaskView>("tasks/often", SchedulerJson.Lenient))!.ExecutionCount;
        IReadOnlyList<ExecutionView> often = [];
        await Eventually.GetAsync("an execution for each number", async () => // a task counts before its execution is made
            (often = (await back.GetFromJsonAsync<Page<ExecutionView>>("executions?task=often&limit=1000", SchedulerJson.Lenient))!.Items).Select(each => each.Sequence).Order().SequenceEqual(Enumerable.Range(1, (int)count).Select(each => (long)each)) ? often : null,
            () => $"{count} executions, there are {string.Join(' ', often.Select(each => each.Sequence).Order())}");
        Assert.Equal(often.Count, often.DistinctBy(each => each.ScheduledAt).Count());
        using var next = (await back.PostAsync("tasks/rows/trigger", null)).EnsureSuccessStatusCode();
        var second = (await next.Content.ReadFromJsonAsync<TriggerResult>(SchedulerJson.Lenient))!.ExecutionId;
        Assert.Equal(2, (await back.GetFromJsonAsync<ExecutionView>($"executions/{second}", SchedulerJson.Lenient))!.Sequence);
    }

    [StoreFact]
    public async Task Silos_are_refused_beside_a_server_that_lives()
    {
        await using var server = Serve();
        using var http = await server.ListensAsync();
        var refusal = await Assert.ThrowsAnyAsync<Exception>(() => StartSiloAsync(database));
        Assert.Contains($"{http.BaseAddress!.GetLeftPart(UriPartial.Authority)} is active", Assert.IsType<StoreInUseException>(refusal.GetBaseException()).Message, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.OK, "active"), await RoleAsync(http));
        Assert.Single((await http.GetFromJsonAsync<Page<NodeView>>("nodes", SchedulerJson.Lenient))!.Items);
    }

    [StoreFact]
    public async Task Another_cluster_is_refused_beside_one_that_lives()
    {
        using var silo = await StartSiloAsync(database);
        var refusal = await Assert.ThrowsAnyAsync<Exception>(() => StartSiloAsync(database, "another"));
        Assert.Contains("cluster tests at ", Assert.IsType<StoreInUseException>(refusal.GetBaseException()).Message, StringComparison.Ordinal);
        await silo.StopAsync();
        using var other = await StartSiloAsync(database, "another");
        await other.StopAsync();
    }

    [StoreFact]
    public async Task A_server_beside_a_cluster_stands_by_and_is_active_when_the_last_silo_has_stopped()
    {
        var silos = new[] { await StartSiloAsync(database), await StartSiloAsync(database) };
        await using var server = Serve();
        using var http = await server.ListensAsync();
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "standby"), await RoleAsync(http));
        await Eventually.TrueAsync("the server to say for whom it stands by", () => server.Output.Contains("cluster tests at ", StringComparison.Ordinal), () => server.Output);

        await silos[0].StopAsync();
        await Task.Delay(TimeSpan.FromSeconds(1)); // two looks of the server at the lease
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "standby"), await RoleAsync(http));
        await silos[1].StopAsync();
        var waited = TimeProvider.System.GetTimestamp();
        await ActiveAsync(server, http);
        output.WriteLine($"active {TimeProvider.System.GetElapsedTime(waited).TotalSeconds:0.00} s after the last silo");
        foreach (var silo in silos) silo.Dispose();
    }

    [StoreFact]
    public async Task Silos_that_were_cut_off_for_longer_than_their_lease_end_when_a_server_has_taken_over()
    {
        await using var proxy = new StallingProxy(postgres.Port);
        using var silo = await StartSiloAsync(database.Replace($"Port={postgres.Port}", $"Port={proxy.Port}", StringComparison.Ordinal), loses: true);
        await using var server = Serve();
        using var http = await server.ListensAsync();
        proxy.Stall();
        await ActiveAsync(server, http);
        proxy.Resume();
        var stopping = silo.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        await Silos.UntilAsync(() => Task.FromResult(stopping.IsCancellationRequested), () => "the silo to end");
        await silo.StopAsync();
        Assert.Equal((HttpStatusCode.OK, "active"), await RoleAsync(http));
    }

    ServerProcess Serve(TimeSpan? work = null) =>
        ServerProcess.ServeShared(database, ("Scheduler__Demo__Directory", temporary.In("demo")), ("Scheduler__Demo__WorkMs", $"{(work ?? quick).TotalMilliseconds}"));

    async Task<IHost> StartSiloAsync(string connectionString, string cluster = "tests", bool loses = false)
    {
        await SchedulerDatabase.CreatePostgreSqlAsync(connectionString);
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddProvider(TestLog.Instance);
        builder.Services.AddBuiltInHandlers().AddDemoRows(temporary.In("demo"), slow);
        builder.Services.AddSingleton(ledger); // one for both silos
        builder.UseOrleans(silo =>
        {
            silo.UsePostgreSqlForOrleans(connectionString)
                .AddScheduler(options =>
                {
                    options.UsePostgreSql(connectionString);
                    if (!loses) options.BePatient(lease); // whoever comes next may wait for it
                })
                .Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (cluster, cluster))
                .Configure<EndpointOptions>(options => (options.AdvertisedIPAddress, options.SiloPort, options.GatewayPort) = (IPAddress.Loopback, Ports.Free(), Ports.Free()));
            if (!loses) silo.BePatient();
        });
        var host = builder.Build();
        try
        {
            await host.StartAsync();
        }
        catch
        {
            host.Dispose();
            throw;
        }
        return host;
    }

    static async Task CreateAsync(HttpClient http, TaskDefinition definition) => (await http.PostAsJsonAsync("tasks", definition, SchedulerJson.Strict)).EnsureSuccessStatusCode();

    Task SeenAsync(double share, Func<string> instead) => Eventually.TrueAsync($"{share:P0} of the rows in the ledger", () => Ledger.Count(Demo.Ledger) >= share * shape.TotalRows, instead);

    static Task ActiveAsync(ServerProcess server, HttpClient http) =>
        Eventually.GetAsync("a server that is active", async () => await RoleAsync(http) is (HttpStatusCode.OK, "active") ? http : null, () => server.Output);

    static async Task<(HttpStatusCode Status, string? Role)> RoleAsync(HttpClient http)
    {
        using var answer = await http.GetAsync("/healthz/ready");
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return (answer.StatusCode, json.RootElement.TryGetProperty("role", out var role) ? role.GetString() : null);
    }
}

/// <summary>Tests with processes run one after another: each wants the machine for itself.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class OneAtATime
{
    public const string Name = "one at a time";
}
