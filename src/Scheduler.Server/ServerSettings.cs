using System.Net;
using Scheduler.Running;
using Scheduler.Server.Demo;

namespace Scheduler.Server;

/// <summary>The server's own settings, by their place in the configuration.</summary>
/// <param name="Storage"><c>Scheduler:Storage</c>: where everything is remembered.</param>
/// <param name="Limits"><c>Scheduler:Limits</c>: bounds that are not as they are by default.</param>
/// <param name="NamesAddress">Whether something says where to listen.</param>
/// <param name="DemoDirectory"><c>Scheduler:Demo:Directory</c>: serve the demo's handler over this directory; null: do not.</param>
/// <param name="DemoWork"><c>Scheduler:Demo:WorkMs</c>, <c>HoldAt</c>: how the demo's handler pretends to work.</param>
sealed record ServerSettings(StorageSettings Storage, Func<NodeLimits, NodeLimits> Limits, bool NamesAddress, string? DemoDirectory, DemoWork DemoWork)
{
    /// <exception cref="InvalidOperationException">They are not what was expected.</exception>
    public static ServerSettings Of(IConfiguration configuration) => new(
        StorageSettings.Of(configuration),
        LimitSettings.Of(configuration),
        AreAddresses(Text(configuration, "urls")) || new[] { "http_ports", "https_ports" }.Any(key => Text(configuration, key) is not null) || configuration.GetSection("Kestrel:Endpoints").Exists(),
        Text(configuration, "Scheduler:Demo:Directory") is { } directory ? Path.GetFullPath(directory) : null,
        new(TimeSpan.FromMilliseconds(configuration.GetValue<double>("Scheduler:Demo:WorkMs")), configuration.GetValue<int?>("Scheduler:Demo:HoldAt")));

    /// <summary>Sets the scheduler up.</summary>
    public void Use(SchedulerOptions scheduler)
    {
        Storage.Use(scheduler);
        scheduler.Limits(Limits);
    }

    /// <summary>Whether there are addresses; what Kestrel would fail on, with many words, is told in one line.</summary>
    static bool AreAddresses(string? urls)
    {
        foreach (var url in urls?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [])
            if (!IsAddress(url)) throw new InvalidOperationException($"urls: expected addresses such as \"http://127.0.0.1:5080\", parted by \";\", got {WireText.Quote(url)}");
        return urls is not null;
    }

    static bool IsAddress(string url)
    {
        try
        {
            return BindingAddress.Parse(url) is { Port: >= 0 and <= IPEndPoint.MaxPort, Scheme: "http" or "https" };
        }
        catch (FormatException)
        {
            return false;
        }
    }

    static string? Text(IConfiguration configuration, string key) => configuration[key] is { Length: > 0 } text ? text : null;
}
