namespace Scheduler.Server;

/// <summary>What the process says when it ends.</summary>
static class ExitCode
{
    public const int Ok = 0;

    /// <summary>It could not do its work, or the demo lost a row.</summary>
    public const int Failed = 1;

    /// <summary>The command line, or the directory that it names, is not what was expected.</summary>
    public const int Usage = 2;

    /// <summary>Ended by a signal: 128 and its number, as shells do.</summary>
    public const int Interrupted = 128 + 2, Terminated = 128 + 15;
}
