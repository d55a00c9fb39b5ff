using System.Net;
using System.Net.Sockets;

namespace Scheduler.Cluster.Tests;

/// <summary>
/// Ports of this machine that nobody listens on, each given once. They lie below those from which the system takes one for whoever asks for any: one
/// of those may be a connection's by the time that its silo starts.
/// </summary>
static class Ports
{
    const int First = 20_000, Last = 32_000;

    static int last = First + Environment.ProcessId % 100 * 100; // another run of the tests begins elsewhere

    public static int Free()
    {
        while (true)
        {
            var port = First + (Interlocked.Increment(ref last) - First) % (Last - First);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Somebody else has it.
            }
        }
    }
}
