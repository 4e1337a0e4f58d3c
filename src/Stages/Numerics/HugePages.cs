using System.Runtime.InteropServices;

namespace Pipeline.Stages.Numerics;

/// <summary>Asks Linux to back large arrays by pages of 2 MiB instead of 4 KiB.</summary>
/// <remarks>
/// Memory is faulted in page by page when it is first written, and a borrowed array may be new; on virtual machines that costs as much as a pass of PLS
/// over the same spectra. Only whole large pages inside an array are asked for, so no more memory is held. Advice
/// only: where the system does not know it, or the array has been moved by the collector, nothing changes.
/// madvise(2), MADV_HUGEPAGE.
/// </remarks>
internal static unsafe partial class HugePages
{
    private const nuint PageBytes = 2 << 20;
    private const int Advice = 14;

    /// <summary>Arrays below gain less than the call costs.</summary>
    private const nuint BytesMin = PageBytes;

    private static volatile bool _isKnown = OperatingSystem.IsLinux();

    /// <summary>Gives the advice for an array, best before it is written.</summary>
    /// <returns>The same array.</returns>
    public static double[] Advise(double[] values)
    {
        if (_isKnown && (nuint)values.Length * sizeof(double) >= BytesMin)
        {
            fixed (double* start = values)
            {
                nuint first = ((nuint)start + PageBytes - 1) & ~(PageBytes - 1);
                nuint end = (nuint)(start + values.Length) & ~(PageBytes - 1);
                try
                {
                    // A kernel without huge pages answers with an error, which costs nothing more.
                    _ = Advise((void*)first, end - first, Advice);
                }
                catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
                {
                    _isKnown = false;
                }
            }
        }

        return values;
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* start, nuint length, int advice);
}
