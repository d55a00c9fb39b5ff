using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Configuration;

namespace Scheduler.Web.Security;

/// <summary>The API key of the setting <c>Scheduler:ApiKey</c>, as a hash, so that comparing takes the same time whatever is given.</summary>
sealed class ConfiguredKey(IConfiguration configuration)
{
    public const string Setting = "Scheduler:ApiKey";
    public const string Header = "X-Api-Key";

    readonly byte[]? hash = configuration[Setting] is { Length: > 0 } key ? Hash(key) : null;

    public bool IsSet => hash is not null;

    public bool Matches(string given) => hash is not null && CryptographicOperations.FixedTimeEquals(hash, Hash(given));

    static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
