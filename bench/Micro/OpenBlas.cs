using System.Runtime.InteropServices;

namespace Pipeline.MicroBench;

/// <summary>The peer in C and assembly, where the machine has it; one thread.</summary>
/// <remarks>The kernel it takes is its own choice for this processor: a variable that chooses another is removed before it is loaded.</remarks>
internal static unsafe class OpenBlas
{
    private const int RowMajor = 101;
    private const int Plain = 111;
    private const int Transposed = 112;
    private const int Lower = 122;
    private static readonly nint s_library = Load();

    /// <summary>Whether it is there.</summary>
    public static bool IsThere => s_library != 0;

    /// <summary>What it is and for which processor.</summary>
    public static string Name => IsThere
        ? Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)Entry("openblas_get_config"))())!.Trim()
        : "not found on this machine, left out";

    /// <summary>C = op(A) B for square matrices.</summary>
    public static void Multiply(double[] a, bool transposesA, double[] b, double[] c, int n)
    {
        fixed (double* x = a, y = b, z = c)
        {
            ((delegate* unmanaged<int, int, int, int, int, int, double, double*, int, double*, int, double, double*, int, void>)Entry("cblas_dgemm"))(
                RowMajor, transposesA ? Transposed : Plain, Plain, n, n, n, 1, x, n, y, n, 0, z, n);
        }
    }

    /// <summary>The lower half of AᵀA or AAᵀ.</summary>
    public static void MultiplySelf(double[] a, bool transposesFirst, double[] c, int n)
    {
        fixed (double* x = a, z = c)
        {
            ((delegate* unmanaged<int, int, int, int, int, double, double*, int, double, double*, int, void>)Entry("cblas_dsyrk"))(
                RowMajor, Lower, transposesFirst ? Transposed : Plain, n, n, 1, x, n, 0, z, n);
        }
    }

    /// <summary>Cholesky in place: upper in the library's columns, lower in our rows.</summary>
    public static void Factorise(double[] a, int n)
    {
        byte half = (byte)'U';
        int info;
        fixed (double* x = a)
        {
            ((delegate* unmanaged<byte*, int*, double*, int*, int*, void>)Entry("dpotrf_"))(&half, &n, x, &n, &info);
        }
    }

    /// <summary>Eigenvalues, and eigenvectors in place.</summary>
    public static void Decompose(double[] a, double[] values, int n)
    {
        byte vectors = (byte)'V';
        byte half = (byte)'U';
        int info;
        int workLength = 1 + (6 * n) + (2 * n * n);
        int integers = 3 + (5 * n);
        fixed (double* x = a, w = values, work = new double[workLength])
        fixed (int* integerWork = new int[integers])
        {
            ((delegate* unmanaged<byte*, byte*, int*, double*, int*, double*, double*, int*, int*, int*, int*, void>)Entry("dsyevd_"))(
                &vectors, &half, &n, x, &n, w, work, &workLength, integerWork, &integers, &info);
        }
    }

    private static nint Entry(string name) => NativeLibrary.GetExport(s_library, name);

    private static nint Load()
    {
        if (OperatingSystem.IsLinux())
        {
            _ = UnsetVariable("OPENBLAS_CORETYPE");
        }

        if (!NativeLibrary.TryLoad("libopenblas.so.0", out nint library))
        {
            return 0;
        }

        ((delegate* unmanaged<int, void>)NativeLibrary.GetExport(library, "openblas_set_num_threads"))(1);
        return library;
    }

    [DllImport("libc", EntryPoint = "unsetenv")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int UnsetVariable([MarshalAs(UnmanagedType.LPUTF8Str)] string name);
}
