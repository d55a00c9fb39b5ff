namespace Scheduler.Handlers.Outbound;

/// <summary>What calls that the scheduler makes may reach, and how much they may take: <c>Scheduler:Outbound</c>.</summary>
public sealed record OutboundSettings
{
    /// <summary>Whether this machine may be called (<c>127.0.0.0/8</c>, <c>::1</c>, <c>localhost</c>).</summary>
    public bool AllowLoopback { get; init; }

    /// <summary>Whether private networks may be called (<c>10.0.0.0/8</c>, <c>172.16.0.0/12</c>, <c>192.168.0.0/16</c>, <c>100.64.0.0/10</c>, <c>fc00::/7</c>).</summary>
    public bool AllowPrivate { get; init; }

    /// <summary>How long a connection may take to be made; more than zero.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a call may take where nothing is said of it; more than zero.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest pause that a receiver may ask for with <c>Retry-After</c>, more than zero; what is beyond is cut.</summary>
    public TimeSpan RetryAfterAtMost { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Bytes of an answer that are read; more than zero. A longer one fails its call.</summary>
    public int MaxResponseBytes { get; init; } = 1 << 20;
}
