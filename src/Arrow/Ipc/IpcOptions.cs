namespace Apache.Arrow.Ipc;

/// <summary>How a writer writes.</summary>
public class IpcOptions
{
    /// <summary>True writes the framing of 0.14 and before, without the continuation marker.</summary>
    public bool WriteLegacyIpcFormat { get; set; }
}
