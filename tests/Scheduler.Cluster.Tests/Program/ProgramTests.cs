using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Reflection;
using Scheduler.Conformance.Servers;
using Scheduler.Tests.Server;

namespace Scheduler.Cluster.Tests.Program;

/// <summary>The silo's program, as it is shipped: what it says, what it shows, and how it ends where it cannot begin.</summary>
[Collection(OneAtATime.Name)]
public sealed class ProgramTests
{
    /// <summary>Beside its own settings, which stand in its folder.</summary>
    static readonly Assembly program = Assembly.LoadFile(typeof(Scheduler.Silo.ClusterSettings).Assembly.Location is var here && Path.GetFileName(Path.GetDirectoryName(here)) is var framework
        ? Path.GetFullPath(Path.Combine(here, "../../../../../../src/Scheduler.Silo/bin", Path.GetFileName(Path.GetDirectoryName(Path.GetDirectoryName(here)))!, framework!, Path.GetFileName(here))) : "");

    [Theory]
    [InlineData("postgresql")]
    [InlineData("mysql")]
    public async Task A_connection_string_that_is_none_ends_it_with_one_line(string dialect)
    {
        await using var silo = ServerProcess.Of(program, [], ("Scheduler__Cluster__Dialect", dialect), ("Scheduler__Cluster__ConnectionString", "Password=abc;Topsecret=1"));
        await RefusedAsync(silo, "Scheduler:Cluster:ConnectionString: expected a connection string as ");
        Assert.DoesNotContain("topsecret", silo.Output, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Off_loopback_without_a_key_it_does_not_begin()
    {
        using var directory = new TemporaryDirectory();
        await using var silo = Start(directory, ["--urls", "http://0.0.0.0:0"]);
        await RefusedAsync(silo, "http://0.0.0.0:0 can be reached from other machines: expected an API key in the setting Scheduler:ApiKey");
        Assert.False(File.Exists(directory.In("scheduler.db")));
    }

    [Fact]
    public async Task A_silo_port_that_somebody_has_ends_it_with_one_line()
    {
        using var directory = new TemporaryDirectory();
        using var taken = new TcpListener(IPAddress.Loopback, Ports.Free());
        taken.Start();
        await using var silo = Start(directory, ["--urls", "http://127.0.0.1:0", "--Scheduler:Cluster:SiloPort", Text(((IPEndPoint)taken.LocalEndpoint).Port)]);
        await RefusedAsync(silo, "Scheduler:Cluster: expected a SiloPort and a GatewayPort that nobody listens on");
    }

    [Fact]
    public async Task It_tells_what_matters_names_its_address_and_shows_its_dashboard_to_this_machine()
    {
        using var directory = new TemporaryDirectory();
        var port = Ports.Free();
        await using var silo = Start(directory, ["--urls", $"http://127.0.0.1:{port}"]);
        using var http = await silo.ListensAsync();
        await Eventually.GetAsync("a silo that serves", async () => (await http.GetAsync("/healthz/ready")).IsSuccessStatusCode ? http : null, () => silo.Output);
        var node = Assert.Single((await http.GetFromJsonAsync<Page<NodeView>>("nodes", SchedulerJson.Lenient))!.Items);
        Assert.Equal($"http://127.0.0.1:{port}", node.Address);

        Assert.Equal(HttpStatusCode.OK, await DashboardAsync(http));
        Assert.Equal(HttpStatusCode.Forbidden, await DashboardAsync(http, ("Host", "evil.example")));
        Assert.Equal(HttpStatusCode.NotFound, await DashboardAsync(http, ("X-Forwarded-For", "8.8.8.8")));

        using var created = (await http.PostAsJsonAsync("tasks", new TaskDefinition { Name = "t", Handler = new() { Code = new() { Handler = "log" } } }, SchedulerJson.Strict)).EnsureSuccessStatusCode();
        for (var run = 0; run < 5; run++) (await http.PostAsync("tasks/t/trigger", null)).EnsureSuccessStatusCode().Dispose();
        silo.Terminate();
        Assert.Equal(0, await silo.ExitCodeAsync());
        // One line each, and none for every request and every grain.
        Assert.DoesNotContain("info: Polly", silo.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("info: Microsoft.AspNetCore", silo.Output, StringComparison.Ordinal);
        Assert.All(silo.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.Matches(@"^\d\d:\d\d:\d\d\.\d{3} ", line));
    }

    [Fact]
    public async Task Without_its_dashboard_there_is_none()
    {
        using var directory = new TemporaryDirectory();
        await using var silo = Start(directory, ["--urls", "http://127.0.0.1:0", "--Scheduler:Cluster:Dashboard", "false"]);
        using var http = await silo.ListensAsync();
        Assert.Equal(HttpStatusCode.NotFound, await DashboardAsync(http));
    }

    static ServerProcess Start(TemporaryDirectory directory, string[] arguments) => ServerProcess.Of(program, arguments,
        ("Scheduler__Storage__Path", directory.In("scheduler.db")), ("Scheduler__Cluster__SiloPort", Text(Ports.Free())), ("Scheduler__Cluster__GatewayPort", Text(Ports.Free())));

    static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);

    static async Task RefusedAsync(ServerProcess silo, string beginning)
    {
        Assert.True(await silo.ExitCodeAsync() == 1, silo.Output);
        Assert.StartsWith(beginning, Assert.Single(silo.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    static async Task<HttpStatusCode> DashboardAsync(HttpClient http, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/orleans/");
        foreach (var (name, value) in headers) request.Headers.Add(name, value);
        using var answer = await http.SendAsync(request);
        return answer.StatusCode;
    }
}
