using System.Globalization;
using Scheduler.Client;
using Scheduler.Conformance.Servers;
using Scheduler.Tests.Server;

namespace Scheduler.Cluster.Tests.Processes;

/// <summary>The silo's program in a process of its own, with a name that it tells whoever it posts to.</summary>
sealed class SiloProcess : IAsyncDisposable
{
    readonly int port;
    readonly HttpClient http;

    SiloProcess(string name, int port, ServerProcess process, HttpClient http) => (Name, this.port, Process, this.http) = (name, port, process, http);

    /// <summary>As the header <see cref="Posts.Header"/> of its batches says.</summary>
    public string Name { get; }

    public ServerProcess Process { get; }

    /// <summary>A client of its HTTP interface.</summary>
    public ISchedulerClient Client => new HttpSchedulerClient(http);

    /// <summary>Whether a node's id is this silo's.</summary>
    public bool Is(string? node) => node is not null && node.Contains(string.Create(CultureInfo.InvariantCulture, $":{port}@"), StringComparison.Ordinal);

    /// <summary>Starts one, and waits until it serves.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="dialect">Of the database.</param>
    /// <param name="connectionString">How it reaches the database.</param>
    /// <param name="settings">Others, below <c>Scheduler</c>.</param>
    public static async Task<SiloProcess> StartAsync(string name, string dialect, string connectionString, params (string Name, string Value)[] settings)
    {
        var port = Ports.Free();
        (string Name, string Value)[] own =
        [
            ("Cluster__Dialect", dialect), ("Cluster__ConnectionString", connectionString), ("Cluster__AdvertisedAddress", "127.0.0.1"),
            ("Storage__Dialect", dialect), ("Storage__ConnectionString", connectionString), // the standalone server's settings stand beside the tests, and name a file
            ("Cluster__SiloPort", port.ToString(CultureInfo.InvariantCulture)), ("Cluster__GatewayPort", Ports.Free().ToString(CultureInfo.InvariantCulture)),
            ("Cluster__Dashboard", "false"), ($"Secrets__{Posts.Secret}", name), ("Outbound__AllowLoopback", "true"),
        ];
        var process = ServerProcess.Of(typeof(Scheduler.Silo.ClusterSettings).Assembly, ["--urls", "http://127.0.0.1:0"],
            [("Logging__LogLevel__Default", "Warning"), ("Logging__Console__FormatterName", "simple"), ("Logging__Console__FormatterOptions__TimestampFormat", "HH:mm:ss.fff "), ("Logging__Console__FormatterOptions__SingleLine", "true"), ("Logging__LogLevel__Microsoft.Hosting.Lifetime", "Information"), .. own.Concat(settings).Select(each => ($"Scheduler__{each.Name}", each.Value))]);
        try
        {
            using var listens = await process.ListensAsync();
            var http = new HttpClient { BaseAddress = new(listens.BaseAddress!.GetLeftPart(UriPartial.Authority) + "/"), Timeout = TimeSpan.FromSeconds(30) };
            await Eventually.GetAsync("a silo that serves", async () => (await http.GetAsync("healthz/ready")).IsSuccessStatusCode ? name : process.HasExited ? throw new InvalidOperationException(process.Output) : null, () => process.Output);
            return new(name, port, process, http);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await Process.DisposeAsync();
        if (TestLog.Instance.IsEnabled(default)) await Console.Error.WriteLineAsync($"silo {Name}:\n{Process.Output}");
    }
}

/// <summary>Tests with processes run one after another: each wants the machine for itself.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ProcessTests
{
    public const string Name = "processes";
}
