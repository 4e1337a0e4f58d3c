using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;

namespace Pipeline.Host.Tests.Reliability;

/// <summary>The program as a process of its own, with everything it says and what the system knows about it.</summary>
/// <remarks>
/// The log is switched to Information, so that a look at <see cref="Lines"/> tells what the daemon is at. Lines come on threads
/// of the system and are guarded by a lock; all else is for one thread. An object that is disposed kills its process.
/// </remarks>
internal sealed class ServedProcess : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<SaidLine> _lines = [];
    private readonly Process _process;
    private readonly Stopwatch _age = Stopwatch.StartNew();
    private volatile TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ServedProcess(ProcessStartInfo start)
    {
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Hear(line.Data);
        _process.ErrorDataReceived += (_, line) => Hear(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>The program, which lies beside whoever refers to its project.</summary>
    public static string Program { get; } = Path.Combine(AppContext.BaseDirectory, "pipeline.dll");

    /// <summary>Number of the process.</summary>
    public int Id => _process.Id;

    /// <summary>Time since the start.</summary>
    public TimeSpan Age => _age.Elapsed;

    /// <summary>True once the process is gone.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Its exit code, once it is gone.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>Everything it has said so far, on both streams.</summary>
    public ImmutableArray<SaidLine> Lines
    {
        get
        {
            lock (_gate)
            {
                return [.. _lines];
            }
        }
    }

    /// <summary>All lines as one text, for messages.</summary>
    public string Said => string.Join('\n', Lines.Select(line => $"{line.Age.TotalSeconds:F3} {line.Text}"));

    /// <summary>Processor time it has used, user and system.</summary>
    public TimeSpan CpuTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Starts the daemon.</summary>
    public static ServedProcess Serve(string settingsPath, params (string Name, string Value)[] environment) =>
        Start(["serve", "--settings", settingsPath], environment);

    /// <summary>Starts a command.</summary>
    public static ServedProcess Start(string[] arguments, params (string Name, string Value)[] environment) =>
        Launch("dotnet", [Program, .. arguments], environment);

    /// <summary>Starts a command by way of another program, such as a shell that sets limits first.</summary>
    public static ServedProcess Launch(string program, string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["Serilog__MinimumLevel__Default"] = "Information";

        // Several daemons run side by side; who wants to ask one over HTTP names an address.
        start.Environment["Pipeline__Http__Listen"] = "off";
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        return new ServedProcess(start);
    }

    /// <summary>
    /// Waits until it has said something after the first <paramref name="from"/> lines; the line's number, or -1 when it is gone or
    /// patience ends.
    /// </summary>
    public async Task<int> WaitForAsync(Func<string, bool> wanted, TimeSpan patience, int from = 0)
    {
        TimeSpan until = Age + patience;
        while (true)
        {
            Task next = _next.Task;
            bool wasGone = HasExited;
            ImmutableArray<SaidLine> lines = Lines;
            for (int i = from; i < lines.Length; i++)
            {
                if (wanted(lines[i].Text))
                {
                    return i;
                }
            }

            from = lines.Length;
            TimeSpan rest = until - Age;
            if (wasGone || rest <= TimeSpan.Zero)
            {
                return -1;
            }

            await Task.WhenAny(next, Task.Delay(rest < TimeSpan.FromMilliseconds(200) ? rest : TimeSpan.FromMilliseconds(200)));
        }
    }

    /// <summary>Sends SIGKILL and waits for the end and for all that was said before it.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Sends a signal, such as HUP.</summary>
    public async Task SignalAsync(string name)
    {
        using Process signal = Process.Start("kill", ["-" + name, Id.ToString(CultureInfo.InvariantCulture)]);
        await signal.WaitForExitAsync();
    }

    /// <summary>Sends SIGTERM and waits for the end; how long it took.</summary>
    /// <exception cref="TimeoutException">It does not end in time; it is killed then.</exception>
    public async Task<TimeSpan> TerminateAsync(TimeSpan patience)
    {
        var took = Stopwatch.StartNew();
        using Process signal = Process.Start("kill", ["-TERM", Id.ToString(CultureInfo.InvariantCulture)]);
        try
        {
            await _process.WaitForExitAsync().WaitAsync(patience);
        }
        catch (TimeoutException)
        {
            await KillAsync();
            throw;
        }

        return took.Elapsed;
    }

    /// <summary>Waits for the end; false when patience ends first.</summary>
    public async Task<bool> WaitForExitAsync(TimeSpan patience)
    {
        try
        {
            await _process.WaitForExitAsync().WaitAsync(patience);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private void Hear(string? text)
    {
        if (text is not null)
        {
            lock (_gate)
            {
                _lines.Add(new SaidLine(Age, text));
            }
        }

        Interlocked.Exchange(ref _next, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
    }
}

/// <summary>A line that a process has said, and how old the process was.</summary>
internal readonly record struct SaidLine(TimeSpan Age, string Text);
