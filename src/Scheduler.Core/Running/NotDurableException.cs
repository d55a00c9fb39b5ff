namespace Scheduler.Running;

/// <summary>A write that did not succeed: the state is as before, or somebody else's by now.</summary>
public class NotDurableException(string message, Exception? innerException = null) : Exception(message, innerException);
