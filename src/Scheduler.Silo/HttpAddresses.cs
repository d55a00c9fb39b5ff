using Microsoft.AspNetCore.Http;
using Scheduler.Web.Security;

namespace Scheduler.Silo;

/// <summary>Where the silo's HTTP interface listens, as the settings say. What the server makes of them is known only when it listens, and it does so last.</summary>
/// <param name="All">The addresses, such as <c>http://*:5080</c>.</param>
/// <param name="AreSet">Whether some setting names them; else it is the default.</param>
sealed record HttpAddresses(IReadOnlyList<string> All, bool AreSet)
{
    /// <summary>Where nothing says otherwise.</summary>
    public const string Default = "http://127.0.0.1:5080";

    /// <summary>Reads the settings, in the order in which the server goes by them.</summary>
    public static HttpAddresses Of(IConfiguration configuration)
    {
        string[] endpoints = [.. configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(endpoint => endpoint["Url"]).OfType<string>()];
        string[] named = endpoints.Length > 0 ? endpoints
            : Parts("urls") is { Length: > 0 } urls ? urls
            : [.. Parts("http_ports").Select(port => $"http://*:{port}"), .. Parts("https_ports").Select(port => $"https://*:{port}")];
        return named.Length > 0 ? new(named, true) : new([Default], false);

        string[] Parts(string key) => configuration[key]?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
    }

    /// <summary>Expects an API key where other machines reach them: before the silo is a member of anything.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public void ExpectKeyIfExposed(IConfiguration configuration) => ExposureGuard.Expect(All, new(configuration));

    /// <summary>Where people find the first of them; null where its port is not known yet.</summary>
    public string? Reachable
    {
        get
        {
            var address = BindingAddress.Parse(All[0]);
            if (address.IsUnixPipe || address.IsNamedPipe || address.Port == 0) return null;
            // One that stands for every address of this machine is no use to another.
            return $"{address.Scheme}://{(address.Host is "*" or "+" or "[::]" or "0.0.0.0" ? Environment.MachineName : address.Host)}:{address.Port}";
        }
    }
}
