using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Hosting;

namespace Scheduler.Web.Security;

/// <summary>
/// Stops an application that other machines can reach and that asks for no key. Which addresses a server listens on is known only once it does;
/// until then <see cref="KeyCheck"/> serves nobody but loopback.
/// </summary>
sealed class ExposureGuard(IServer server, ConfiguredKey key) : IHostedLifecycleService
{
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        Expect(server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [], key);
        return Task.CompletedTask;
    }

    /// <summary>Expects a key where other machines reach one of the addresses.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public static void Expect(IEnumerable<string> addresses, ConfiguredKey key)
    {
        if (!key.IsSet && addresses.FirstOrDefault(address => !Loopback.IsAddress(address)) is { } exposed)
            throw new InvalidOperationException($"{exposed} can be reached from other machines: expected an API key in the setting {ConfiguredKey.Setting} (environment {ConfiguredKey.Setting.Replace(":", "__")}), got none. Set one, or listen on http://localhost alone.");
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
