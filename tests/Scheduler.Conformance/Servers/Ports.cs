using System.Net;
using System.Net.Sockets;

namespace Scheduler.Conformance.Servers;

/// <summary>Ports on loopback for programs that are told where to listen.</summary>
public static class Ports
{
    // Below what systems hand out for connections (Linux from 32768 on): nobody's connection takes one between its choice and its use.
    const int First = 20_000, Count = 12_000;

    // Test runs beside this one begin elsewhere.
    static int last = Random.Shared.Next(Count);

    /// <summary>One that nobody listens on, and that nobody else in this process is given.</summary>
    public static int Free()
    {
        for (var tried = 0; tried < Count; tried++)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref last) % Count);
            if (IsFree(port)) return port;
        }
        throw new InvalidOperationException($"expected a free port from {First} to {First + Count - 1}, all are in use");
    }

    static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
