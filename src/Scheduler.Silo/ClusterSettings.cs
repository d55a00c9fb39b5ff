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
    const string Section = "Scheduler:Cluster", Automatic = "auto";

    /// <summary>Silos of one name are one cluster.</summary>
    public string ClusterId { get; private init; } = ClusterNames.Default;

    /// <summary>Where the others find this silo, and where it listens for them; null: on this machine's own address.</summary>
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
    /// <summary>A silo that has not reached the database for so long cancels its runs, and others take them over; null: as <see cref="SchedulerClusterOptions"/> has it.</summary>
    public TimeSpan? Lease { get; private init; }

    /// <summary>A silo that has not for so long leaves, where another reaches it; null: as <see cref="SchedulerClusterOptions"/> has it.</summary>
    public TimeSpan? LeaveAfter { get; private init; }

    /// <summary>Two probes that are not answered for so long each put a silo out of the cluster.</summary>
    public TimeSpan ProbeTimeout { get; private init; } = TimeSpan.FromSeconds(1);

    /// <summary>Where the silo's HTTP interface listens.</summary>
    public required HttpAddresses Http { get; init; }

    /// <summary>Where people find this silo, as its node says; null: by the machine's name.</summary>
    public string? Address { get; private init; }

    /// <summary>Reads the settings.</summary>
    /// <exception cref="InvalidOperationException">They are not what was expected; the message names the setting and tells no secret.</exception>
    public static ClusterSettings Of(IConfiguration configuration)
    {
        var storage = Database.Of(configuration, "Scheduler:Storage");
        var members = Database.Of(configuration, Section) ?? storage ?? new Database.Sqlite(Path.GetFullPath("./data/scheduler.db"));
        var http = HttpAddresses.Of(configuration);
        return new(members, storage ?? members)
        {
            Limits = LimitSettings.Of(configuration),
            Http = http,
            Address = configuration["Scheduler:Address"] is { Length: > 0 } named ? named : http.Reachable,
            Lease = Duration(configuration, "Lease", TimeSpan.FromSeconds(2), TimeSpan.FromMinutes(1)),
            LeaveAfter = Duration(configuration, "LeaveAfter", TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)),
            ProbeTimeout = Duration(configuration, "ProbeTimeout", TimeSpan.FromSeconds(0.5), TimeSpan.FromMinutes(1)) ?? TimeSpan.FromSeconds(1),
            ClusterId = configuration[$"{Section}:ClusterId"] is { Length: > 0 } id ? id : ClusterNames.Default,
            AdvertisedAddress = AddressOf(configuration[$"{Section}:AdvertisedAddress"], members),
            SiloPort = Number(configuration, "SiloPort", 11111, 65535),
            GatewayPort = Number(configuration, "GatewayPort", 30000, 65535),
            Buckets = Number(configuration, "Buckets", 16, 256),
            TasksWithReminders = Number(configuration, "TasksWithReminders", 10_000, 1_000_000),
            Dashboard = configuration[$"{Section}:Dashboard"] is not { Length: > 0 } dashboard || (bool.TryParse(dashboard, out var wanted) ? wanted
                : throw new InvalidOperationException($"{Section}:Dashboard: expected true or false, got {WireText.Quote(dashboard)}")),
        };
    }

    /// <summary>On this machine alone by default, since the ports ask for no key; a database that others may reach wants it said, since silos of two machines would be each other's.</summary>
    static IPAddress? AddressOf(string? text, Database members) => text switch
    {
        Automatic => null,
        { Length: > 0 } => IPAddress.TryParse(text, out var address) ? address
            : throw new InvalidOperationException($"{Section}:AdvertisedAddress: expected an IP address or {Automatic}, got {WireText.Quote(text)}"),
        _ => members.IsOfThisMachine ? IPAddress.Loopback
            : throw new InvalidOperationException($"{Section}:AdvertisedAddress: expected this machine's address, at which the other silos find this one ({Automatic}: whichever it has; 127.0.0.1: all silos are on this machine), since the database is on another machine; got nothing"),
    };

    static TimeSpan? Duration(IConfiguration configuration, string name, TimeSpan least, TimeSpan most) => configuration[$"{Section}:{name}"] is not { Length: > 0 } text ? null
        : TimeSpan.TryParseExact(text, ["c", "hh\\:mm\\:ss\\.fff"], CultureInfo.InvariantCulture, out var duration) && duration >= least && duration <= most ? duration
        : throw new InvalidOperationException($"{Section}:{name}: expected {least:c} to {most:c}, got {WireText.Quote(text)}");

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
            if (Address is not null) options.Address = Address;
            if (LeaveAfter is { } leaveAfter) options.LeaveAfter = leaveAfter;
            if (Lease is { } lease) options.Limits(limits => limits with { LeaseFor = lease });
        });
        silo.Configure<ClusterMembershipOptions>(options => options.ProbeTimeout = ProbeTimeout);
    }
}
