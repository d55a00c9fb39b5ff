using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Scheduler.Conformance.Servers;
using Scheduler.Server.Demo;
using Scheduler.Storage;
using Xunit.Abstractions;

namespace Scheduler.Tests.Server;

/// <summary>Two servers on one PostgreSQL, in processes of their own: whatever becomes of the active one, the round goes on.</summary>
[Collection(ProcessTests.Name), NeedsPostgres]
public sealed class StandbyTests(PostgresServer postgres, ITestOutputHelper output) : IClassFixture<PostgresServer>, IAsyncLifetime
{
    static readonly DemoShape shape = new(8, 8, 1000);

    /// <summary>What the lease promises; held against a watch in the long run alone, which has the machine for itself.</summary>
    static readonly TimeSpan longest = Environment.GetEnvironmentVariable("SCHEDULER_LONG") == "1" ? TimeSpan.FromSeconds(10) : TimeSpan.MaxValue;

    /// <summary>Milliseconds a page: for the server that is lost at work, and for the one that ends the round.</summary>
    const int Slow = 100, Quick = 20;

    /// <summary>Page size × pages that are not durable.</summary>
    const int SeenAgainAtMost = 100 * 256;

    readonly TemporaryDirectory temporary = new();
    string database = "";

    DemoDirectory Demo => new(temporary.In("demo"));

    public async Task InitializeAsync()
    {
        if (PostgresServer.Missing is not null) return;
        database = await postgres.SchemaAsync();
        Demo.Hold().Dispose();
        await Sources.CreateAsync(Demo, shape, _ => { }, CancellationToken.None);
    }

    public Task DisposeAsync()
    {
        temporary.Dispose();
        return Task.CompletedTask;
    }

    [StoreFact]
    public async Task A_server_on_standby_serves_reads_and_names_the_active_one()
    {
        await using var active = await StartedAsync(Serve());
        await using var standby = await StartedAsync(Serve());
        await CreateAsync(active);

        await IsAsync(active, HttpStatusCode.OK, "active");
        await IsAsync(standby, HttpStatusCode.ServiceUnavailable, "standby");
        Assert.Equal("rows", (await standby.Http.GetFromJsonAsync<TaskView>("tasks/rows", SchedulerJson.Lenient))!.Name);
        string[] writes =
        [
            "tasks/rows/trigger", "tasks/rows/pause", "tasks/rows/deadLetters/discard", "tasks/rows/deadLetters/replay", "tasks/rows/shards/pause",
            $"nodes/{(await standby.Http.GetFromJsonAsync<Page<NodeView>>("nodes", SchedulerJson.Lenient))!.Items[0].Id}/drain",
        ];
        foreach (var write in writes) await RefusedAsync(standby, write, active.Address);
        using var definition = JsonContent.Create(Definition with { Name = "other" }, options: SchedulerJson.Strict);
        using var created = await standby.Http.PostAsync("tasks", definition);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, created.StatusCode);
        Assert.Empty((await active.Http.GetFromJsonAsync<Page<ExecutionView>>("executions", SchedulerJson.Lenient))!.Items);
        Assert.Equal(HttpStatusCode.NotFound, (await active.Http.GetAsync("tasks/other")).StatusCode);
    }

    [StoreFact]
    public async Task After_a_kill_the_other_takes_over_and_the_round_goes_on()
    {
        await using var first = await StartedAsync(ServeUntilHalf());
        await using var second = await StartedAsync(Serve());
        await BeginRoundAsync(first);

        await first.Process.KillAsync();
        await TakesOverAsync(second, "kill -9", longest);
        await RoundEndsOnceAsync(second);
    }

    [StoreFact]
    public async Task One_that_hangs_is_followed_and_when_it_wakes_up_it_writes_nothing_and_stands_by()
    {
        await using var first = await StartedAsync(ServeUntilHalf());
        await using var second = await StartedAsync(Serve());
        await BeginRoundAsync(first);

        first.Process.Pause();
        await TakesOverAsync(second, "SIGSTOP", longest);
        var before = await StateAsync();
        first.Process.Continue();
        await StandsByAsync(first, second, "SIGCONT");
        await RoundEndsOnceAsync(second);
        Assert.True((await StateAsync()).Epoch == before.Epoch, "the one that woke up took the lease back");

        // And it is there when it is needed again.
        await StopsAsync(second);
        await TakesOverAsync(first, "end of the process, back to the first", longest);
    }

    [StoreFact]
    public async Task One_that_is_cut_off_is_followed_and_stands_by_when_it_is_back()
    {
        await using var proxy = new StallingProxy(postgres.Port);
        await using var first = await StartedAsync(ServeUntilHalf(database.Replace($"Port={postgres.Port}", $"Port={proxy.Port}", StringComparison.Ordinal)));
        await using var second = await StartedAsync(Serve());
        await BeginRoundAsync(first);

        proxy.Stall();
        await TakesOverAsync(second, "cut off", longest);
        await IsAsync(first, HttpStatusCode.ServiceUnavailable, "cutOff");
        using (var refused = await first.Http.PostAsync("tasks/rows/pause", null)) Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        await RoundEndsOnceAsync(second);

        proxy.Resume();
        await StandsByAsync(first, second, "being back");
    }

    [StoreFact]
    public async Task A_clean_stop_hands_over_at_once()
    {
        await using var first = await StartedAsync(ServeUntilHalf());
        await using var second = await StartedAsync(Serve());
        await BeginRoundAsync(first);

        await StopsAsync(first);
        await TakesOverAsync(second, "end of the process", longest);
        await RoundEndsOnceAsync(second);
    }

    /// <summary>Stops the active one, which leaves a lease that nobody has to wait for.</summary>
    async Task StopsAsync(Running active)
    {
        var before = await StateAsync();
        var signal = Stopwatch.StartNew();
        active.Process.Terminate();
        Assert.Equal(0, await active.Process.ExitCodeAsync());
        output.WriteLine($"the process ended {signal.Elapsed.TotalSeconds:0.00} s after SIGTERM");
        var after = await StateAsync();
        Assert.True(after.IsFree || after.Epoch > before.Epoch, $"it was not given back: {after}");
    }

    sealed record Running(ServerProcess Process, HttpClient Http) : IAsyncDisposable
    {
        public string Address => Http.BaseAddress!.GetLeftPart(UriPartial.Authority);

        public async ValueTask DisposeAsync()
        {
            Http.Dispose();
            await Process.DisposeAsync();
        }
    }

    TaskDefinition Definition => new() { Name = "rows", Handler = new() { Polling = new() { Handler = "demo.rows", Shards = shape.Patterns, PageSize = 100 } } };

    ServerProcess Serve() => ServerProcess.ServeShared(database, ("Scheduler__Demo__Directory", temporary.In("demo")), ("Scheduler__Demo__WorkMs", $"{Quick}"));

    /// <summary>It holds its work at the half: whenever it is lost, its round is not over.</summary>
    ServerProcess ServeUntilHalf(string? connectionString = null) => ServerProcess.ServeShared(connectionString ?? database,
        ("Scheduler__Demo__Directory", temporary.In("demo")), ("Scheduler__Demo__WorkMs", $"{Slow}"), ("Scheduler__Demo__HoldAt", "50"));

    static async Task<Running> StartedAsync(ServerProcess server) => new(server, await server.ListensAsync());

    Task CreateAsync(Running server) => DoneAsync(server, async () =>
    {
        var answer = await server.Http.PostAsJsonAsync("tasks", Definition, SchedulerJson.Strict);
        return answer.StatusCode == HttpStatusCode.Conflict ? await server.Http.GetAsync("tasks/rows") : answer; // it was done, and the answer was late
    });

    /// <summary>Asks until it is done: an active server that was stalled for longer than it may be refuses for a moment.</summary>
    static Task<string> DoneAsync(Running server, Func<Task<HttpResponseMessage>> ask) => Eventually.GetAsync("an answer of the active server", async () =>
    {
        using var answer = await ask();
        return answer.StatusCode == HttpStatusCode.ServiceUnavailable ? null : await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync();
    }, () => server.Process.Output);

    async Task BeginRoundAsync(Running server)
    {
        await CreateAsync(server);
        await DoneAsync(server, () =>
        {
            var trigger = new HttpRequestMessage(HttpMethod.Post, "tasks/rows/trigger");
            trigger.Headers.Add("Idempotency-Key", "the round");
            return server.Http.SendAsync(trigger);
        });
        await Eventually.TrueAsync("a tenth of the rows in the ledger", () => Ledger.Count(Demo.Ledger) >= 0.1 * shape.TotalRows || server.Process.HasExited, () => server.Process.Output);
        Assert.InRange(Ledger.Count(Demo.Ledger), 1, shape.TotalRows - 1);
    }

    async Task TakesOverAsync(Running server, string after, TimeSpan within)
    {
        var waited = Stopwatch.StartNew();
        await Eventually.GetAsync("a server that is active", async () => await RoleAsync(server) is (HttpStatusCode.OK, "active") ? server : null, () => server.Process.Output);
        output.WriteLine($"active {waited.Elapsed.TotalSeconds:0.00} s after {after}");
        Assert.True(waited.Elapsed <= within, $"expected a takeover within {within}, it took {waited.Elapsed}\n{server.Process.Output}");
    }

    async Task StandsByAsync(Running server, Running active, string after)
    {
        var waited = Stopwatch.StartNew();
        await Eventually.GetAsync("a server on standby", async () => await RoleAsync(server) is (HttpStatusCode.ServiceUnavailable, "standby") ? server : null, () => server.Process.Output);
        output.WriteLine($"on standby {waited.Elapsed.TotalSeconds:0.00} s after {after}");
        Assert.True(waited.Elapsed <= longest, $"expected it to stand by within {longest}, it took {waited.Elapsed}");
        // The line comes through another pipe than the answer, and may be behind it.
        await Eventually.TrueAsync("a line that it writes nothing more and stands by", () => server.Process.Output.Contains("it writes nothing more and stands by", StringComparison.Ordinal), () => server.Process.Output);
        await Eventually.GetAsync("a refusal that names the active", async () =>
        {
            using var answer = await server.Http.PostAsync("tasks/rows/trigger", null);
            return answer.StatusCode == HttpStatusCode.ServiceUnavailable && (await answer.Content.ReadAsStringAsync()).Contains(active.Address, StringComparison.Ordinal) ? answer : null;
        }, () => server.Process.Output);
    }

    async Task RoundEndsOnceAsync(Running server)
    {
        var execution = await Eventually.GetAsync("an execution that has ended", async () =>
        {
            var executions = await DoneAsync(server, () => server.Http.GetAsync("executions?task=rows"));
            return JsonSerializer.Deserialize<Page<ExecutionView>>(executions, SchedulerJson.Lenient)!.Items is [{ EndedAt: not null } only] ? only : null;
        }, () => server.Process.Output);
        Assert.Equal((ExecutionStatus.Succeeded, 1L, shape.TotalRows), (execution.Status, execution.Sequence, execution.Rows));
        var proof = Proof.Of(Demo, shape, CancellationToken.None);
        output.WriteLine($"{proof.Written} rows, {proof.Lost} lost, {proof.SeenAgain} seen again");
        Assert.Equal((0L, 0L), (proof.Lost, proof.Unknown));
        Assert.InRange(proof.SeenAgain, 0, SeenAgainAtMost);
    }

    static Task IsAsync(Running server, HttpStatusCode status, string role) =>
        Eventually.GetAsync($"a server that is {role}", async () => await RoleAsync(server) == (status, role) ? role : null, () => server.Process.Output);

    static async Task RefusedAsync(Running standby, string path, string active)
    {
        // The active one's address is known once it listens; its next beat tells it.
        var problem = await Eventually.GetAsync($"a refusal that names {active}", async () =>
        {
            using var answer = await standby.Http.PostAsync(path, null);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            return await answer.Content.ReadAsStringAsync() is var text && text.Contains(active, StringComparison.Ordinal) ? text : null;
        }, () => standby.Process.Output);
        Assert.Contains("stands by", problem, StringComparison.Ordinal);
    }

    static async Task<(HttpStatusCode Status, string? Role)> RoleAsync(Running server)
    {
        using var answer = await server.Http.GetAsync("/healthz/ready");
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return (answer.StatusCode, json.RootElement.TryGetProperty("role", out var role) ? role.GetString() : null);
    }

    async Task<LeaseState> StateAsync()
    {
        await using var store = await SchedulerStore.OpenPostgreSqlAsync(database);
        return await new Lease(store, "looks", () => "", TimeSpan.FromSeconds(6)).LookAsync(default);
    }
}
