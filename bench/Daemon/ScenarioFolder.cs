namespace Pipeline.DaemonBench;

/// <summary>The folder of one run, on the disk that is measured; gone afterwards.</summary>
internal sealed class ScenarioFolder : IDisposable
{
    /// <summary>A new folder below <c>--folder</c>, or below the system's temporary one.</summary>
    public ScenarioFolder(ScenarioArguments arguments)
    {
        string parent = arguments.Text("--folder", System.IO.Path.GetTempPath());
        Path = System.IO.Path.Combine(System.IO.Path.GetFullPath(parent), $"daemonbench-{Environment.ProcessId}");
        Directory.CreateDirectory(Path);
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
