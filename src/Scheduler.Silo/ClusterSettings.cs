using System.Globalization;
using System.Net;
using Orleans.Configuration;
using Scheduler.Cluster;
using Scheduler.Cluster.Hosting;
using Scheduler.Running;
using Scheduler.Server;

namespace Scheduler.Silo;

/// <summary>How this process is a member of a cluster: <c>Scheduler:Cluster</c>. Where the tasks are kept is <c>Scheduler:Storage</c>, the same by default.</summary>
/// <param name="Members">Where Orleans keeps its members and reminders.</param>
/// <param name="Storage">Where the scheduler keeps everything.</param>
sealed record ClusterSettings(Database Members, Database Storage)
{
    const string Section = "Scheduler:Cluster";

    /// <summary>Silos of one name are one cluster.</summary>
    public string ClusterId { get; private init; } = "scheduler";

    /// <summary>Where the others find this silo; null: this machine's own address, or loopback where it is alone.</summary>
    public IPAddress? AdvertisedAddress { get; private init; }

    /// <summary>The port on which silos talk.</summary>
    public int SiloPort { get; private init; } = 11111;

    /// <summary>The port for clients.</summary>
    public int GatewayPort { get; private init; } = 30000;

    /// <summary>Whether there is a dashboard of the silos and grains.</summary>
    public bool Dashboard { get; private init; } = true;

    /// <summary>Parts into which the reading of what is due is divided.</summary>
    public int Buckets { get; private init; } = 16;

    /// <summary>Up to so many tasks have reminders of their own.</summary>
    public int TasksWithReminders { get; private init; } = 10_000;

    /// <summary>Bounds that are not as they are by default.</summary>
    public Func<NodeLimits, NodeLimits> Limits { get; private init; } = limits => limits;

    /// <summary>Reads the settings.</summary>
    /// <exception cref="InvalidOperationException">They are not what was expected; the message names the setting and tells no secret.</exception>
    public static ClusterSettings Of(IConfiguration configuration)
    {
        var storage = Database.Of(configuration, "Scheduler:Storage");
        var members = Database.Of(configuration, Section) ?? storage ?? new Database.Sqlite(Path.GetFullPath("./data/scheduler.db"));
        return new(members, storage ?? members)
        {
            ClusterId = configuration[$"{Section}:ClusterId"] is { Length: > 0 } id ? id : "scheduler",
            AdvertisedAddress = configuration[$"{Section}:AdvertisedAddress"] is { Length: > 0 } address ? Address(address) : null,
            Limits = LimitSettings.Of(configuration),
            SiloPort = Number(configuration, "SiloPort", 11111, 65535),
            GatewayPort = Number(configuration, "GatewayPort", 30000, 65535),
            Buckets = Number(configuration, "Buckets", 16, 256),
            TasksWithReminders = Number(configuration, "TasksWithReminders", 10_000, 1_000_000),
            Dashboard = configuration[$"{Section}:Dashboard"] is not { Length: > 0 } dashboard || (bool.TryParse(dashboard, out var wanted) ? wanted
                : throw new InvalidOperationException($"{Section}:Dashboard: expected true or false, got {WireText.Quote(dashboard)}")),
        };
    }

    static IPAddress Address(string text) => IPAddress.TryParse(text, out var address) ? address
        : throw new InvalidOperationException($"{Section}:AdvertisedAddress: expected an IP address, got {WireText.Quote(text)}");

    static int Number(IConfiguration configuration, string name, int otherwise, int most) => configuration[$"{Section}:{name}"] is not { Length: > 0 } text ? otherwise
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= most ? number
        : throw new InvalidOperationException($"{Section}:{name}: expected 1 to {most}, got {WireText.Quote(text)}");

    /// <summary>Sets the silo up.</summary>
    public void Use(ISiloBuilder silo)
    {
        silo.Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (ClusterId, ClusterId));
        if (Members is Database.Sqlite) silo.UseLocalhostClustering(SiloPort, GatewayPort, null, ClusterId, ClusterId).UseMemoryForOrleans();
        else
        {
            Members.UseForOrleans(silo);
            silo.Configure<EndpointOptions>(options =>
            {
                (options.SiloPort, options.GatewayPort) = (SiloPort, GatewayPort);
                if (AdvertisedAddress is not null) options.AdvertisedIPAddress = AdvertisedAddress;
            });
        }
        silo.AddScheduler(options =>
        {
            Storage.Use(options);
            (options.Buckets, options.TasksWithReminders) = (Buckets, TasksWithReminders);
            options.Limits(Limits);
        });
    }
}
