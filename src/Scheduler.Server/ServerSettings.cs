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
    public static ServerSettings Of(IConfiguration configuration) => new(
        StorageSettings.Of(configuration),
        LimitSettings.Of(configuration),
        new[] { "urls", "http_ports", "https_ports" }.Any(key => Text(configuration, key) is not null) || configuration.GetSection("Kestrel:Endpoints").Exists(),
        Text(configuration, "Scheduler:Demo:Directory") is { } directory ? Path.GetFullPath(directory) : null,
        new(TimeSpan.FromMilliseconds(configuration.GetValue<double>("Scheduler:Demo:WorkMs")), configuration.GetValue<int?>("Scheduler:Demo:HoldAt")));

    /// <summary>Sets the scheduler up.</summary>
    public void Use(SchedulerOptions scheduler)
    {
        Storage.Use(scheduler);
        scheduler.Limits(Limits);
    }

    static string? Text(IConfiguration configuration, string key) => configuration[key] is { Length: > 0 } text ? text : null;
}
