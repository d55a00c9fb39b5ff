namespace Scheduler.Storage;

/// <summary>There is no way to the database. The message names it, never a password.</summary>
/// <param name="message">Which database, and what it said.</param>
/// <param name="innerException">What the driver said.</param>
public sealed class StoreUnreachableException(string message, Exception? innerException = null) : IOException(message, innerException);
