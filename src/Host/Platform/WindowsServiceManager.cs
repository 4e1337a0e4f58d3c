using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Pipeline.Host.Service;

namespace Pipeline.Host.Platform;

/// <summary>The service control manager of Windows, where it has started this process.</summary>
/// <remarks>
/// The manager gives a service one thread and calls it back: once to begin, and for every control. Both callbacks only pass the word
/// on; the daemon runs on its own threads. Source: Microsoft's reference of <c>StartServiceCtrlDispatcherW</c>,
/// <c>RegisterServiceCtrlHandlerExW</c> and <c>SetServiceStatus</c>.
/// </remarks>
[SupportedOSPlatform("windows")]
internal sealed partial class WindowsServiceManager
{
    private const int OwnProcess = 0x10;
    private const int AcceptStop = 0x1;
    private const int AcceptShutdown = 0x4;
    private const int ControlStop = 1;
    private const int ControlInterrogate = 4;
    private const int ControlShutdown = 5;
    private const int NoError = 0;
    private const int NotImplemented = 120;
    private const int ServiceSpecificError = 1066;

    private readonly TaskCompletionSource<bool> _isService = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _isStopped = new();
    private readonly Drain _drain;

    // The system keeps their addresses as long as the process lives.
    private readonly ServiceMain _main;
    private readonly ControlHandler _handler;

    // Written by the manager's thread before anybody is told that there is one.
    private nint _status;

    private WindowsServiceManager(Drain drain)
    {
        _drain = drain;
        _main = Main;
        _handler = Heard;
    }

    [UnmanagedFunctionPointer(CallingConvention.Winapi)]
    private delegate void ServiceMain(int count, nint arguments);

    [UnmanagedFunctionPointer(CallingConvention.Winapi)]
    private delegate int ControlHandler(int control, int kind, nint data, nint context);

    /// <summary>The manager, or null where this process was started by a person or by something else.</summary>
    /// <param name="drain">Begun when the manager wants the service to stop.</param>
    public static async Task<WindowsServiceManager?> ConnectAsync(Drain drain)
    {
        var manager = new WindowsServiceManager(drain);
        new Thread(manager.Dispatch) { IsBackground = true, Name = "service control" }.Start();
        return await manager._isService.Task ? manager : null;
    }

    /// <summary>Tells the manager where the service stands.</summary>
    public void Say(ServiceReport report)
    {
        var status = new Status
        {
            Kind = OwnProcess,
            Stage = (int)report.Stage,
            Accepts = report.Stage == ServiceStage.Running ? AcceptStop | AcceptShutdown : 0,
            ExitCode = report.ExitCode == 0 ? NoError : ServiceSpecificError,
            OwnExitCode = report.ExitCode,
            CheckPoint = report.CheckPoint,
            WaitMilliseconds = (int)report.Within.TotalMilliseconds,
        };
        _ = SetServiceStatus(_status, ref status);
        if (report.Stage == ServiceStage.Stopped)
        {
            _isStopped.TrySetResult();
        }
    }

    private void Dispatch()
    {
        nint name = Marshal.StringToHGlobalUni("pipeline");
        Entry[] table = [new Entry { Name = name, Main = Marshal.GetFunctionPointerForDelegate(_main) }, default];

        // Returns at once where no manager has started the process, and after the end of the service otherwise.
        _ = StartServiceCtrlDispatcherW(table);
        Marshal.FreeHGlobal(name);
        _isService.TrySetResult(false);
    }

    private void Main(int count, nint arguments)
    {
        _status = RegisterServiceCtrlHandlerExW("pipeline", Marshal.GetFunctionPointerForDelegate(_handler), 0);
        if (_isService.TrySetResult(_status != 0) && _status != 0)
        {
            // The service ends when this returns.
            _isStopped.Task.Wait();
        }
    }

    private int Heard(int control, int kind, nint data, nint context)
    {
        switch (control)
        {
            case ControlStop or ControlShutdown:
                _drain.Begin();
                return NoError;
            case ControlInterrogate:
                return NoError;
            default:
                return NotImplemented;
        }
    }

    [LibraryImport("advapi32", SetLastError = true)]
    private static partial int StartServiceCtrlDispatcherW([In] Entry[] table);

    [LibraryImport("advapi32", StringMarshalling = StringMarshalling.Utf16, SetLastError = true)]
    private static partial nint RegisterServiceCtrlHandlerExW(string name, nint handler, nint context);

    [LibraryImport("advapi32", SetLastError = true)]
    private static partial int SetServiceStatus(nint service, ref Status status);

    [StructLayout(LayoutKind.Sequential)]
    private struct Entry
    {
        public nint Name;
        public nint Main;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Status
    {
        public int Kind;
        public int Stage;
        public int Accepts;
        public int ExitCode;
        public int OwnExitCode;
        public int CheckPoint;
        public int WaitMilliseconds;
    }
}
