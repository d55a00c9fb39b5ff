namespace Scheduler.Running;

/// <summary>A decision that failed: the state is as before, and the same command would fail again. It is the scheduler's own defect, and nothing to ask again for.</summary>
public sealed class DefectException(string message, Exception innerException) : NotDurableException(message, innerException);
