namespace Scheduler.Client;

/// <summary>For whom a client speaks: the header <c>X-Tenant</c>.</summary>
static class Tenant
{
    public const string Header = "X-Tenant";

    public static Path PathOf(string tenant, string? operation = null) => IsName(tenant) ? Path.Of("tenants", tenant, operation) : throw NoName(tenant);

    public static bool IsName(string tenant) =>
        tenant.Length is > 0 and <= 127 && char.IsAsciiLetterOrDigit(tenant[0]) && tenant.All(each => char.IsAsciiLetterOrDigit(each) || each is '-' or '_' or '.');

    public static SchedulerException NoName(string tenant) => new([new("tenant",
        $"expected 1 to 127 of letters, digits, \"-\", \"_\", \".\", the first a letter or digit; got {(tenant.Length > 200 ? $"{tenant.Length} characters" : $"\"{tenant}\"")}")]);
}
