using System.Diagnostics;
using System.Globalization;

namespace Pipeline.StreamingBench;

/// <summary>A program run to its end, with the processor time and the memory that it took.</summary>
internal sealed record Child(string Said, int ExitCode, double Seconds, double ProcessorSeconds, double PeakMebibytes)
{
    /// <summary>Runs an assembly that lies beside this one.</summary>
    public static async Task<Child> RunAsync(string assembly, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, assembly));
        foreach (string one in arguments)
        {
            start.ArgumentList.Add(one);
        }

        long began = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start)!;
        Task<string> said = process.StandardOutput.ReadToEndAsync();
        Task<string> alsoSaid = process.StandardError.ReadToEndAsync();
        double peak = 0;
        double processor = 0;
        using var every = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!process.HasExited)
        {
            // The process may end between two looks.
            try
            {
                string line = File.ReadLines($"/proc/{process.Id}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
                peak = double.Parse(line[6..].Trim().Split(' ')[0], CultureInfo.InvariantCulture) / 1024;
                processor = process.TotalProcessorTime.TotalSeconds;
            }
            catch (Exception gone) when (gone is IOException or InvalidOperationException)
            {
                break;
            }

            await every.WaitForNextTickAsync();
        }

        await process.WaitForExitAsync();
        return new Child(
            await said + await alsoSaid, process.ExitCode, Stopwatch.GetElapsedTime(began).TotalSeconds, processor, peak);
    }
}
