using System.Runtime.InteropServices;

namespace Scheduler.Server.Demo;

/// <summary>Ctrl-C and SIGTERM as a token: what runs stops cleanly instead of being cut off. A second Ctrl-C does cut it off.</summary>
sealed class Interrupt : IDisposable
{
    readonly CancellationTokenSource source = new();
    readonly PosixSignalRegistration[] registrations;

    public Interrupt() => registrations = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop)];

    public CancellationToken Token => source.Token;

    public int ExitCode { get; private set; }

    public void Dispose()
    {
        foreach (var registration in registrations) registration.Dispose();
        source.Dispose();
    }

    void Stop(PosixSignalContext signal)
    {
        if (source.IsCancellationRequested) return; // the default action ends the process
        signal.Cancel = true;
        ExitCode = signal.Signal == PosixSignal.SIGTERM ? Server.ExitCode.Terminated : Server.ExitCode.Interrupted;
        source.Cancel();
    }
}
