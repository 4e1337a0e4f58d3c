using System.Globalization;
using System.Runtime.Intrinsics;
using Pipeline.MicroBench;

// Usage: MicroBench [--seconds S] [--sizes 16,32,…] [--only products | skinny | factors | networks | selectors]. Prints Markdown: speed of the
// kernels beside the peak of the processor and beside peers, and a hash of the products, the same for the same arguments.
double seconds = double.Parse(Argument("--seconds", "0.6"), CultureInfo.InvariantCulture);
string only = Argument("--only", "");
int[] sizes = [.. Argument("--sizes", "16,32,64,128,256,512,1000,1500,2000").Split(',').Select(size => int.Parse(size, CultureInfo.InvariantCulture))];

Console.WriteLine($"{Environment.ProcessorCount} cores, .NET {Environment.Version}, vectors of {(Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128)} bits; OpenBLAS: {OpenBlas.Name}");
Console.WriteLine();
MathNet.Numerics.Control.UseSingleThread();
using var runner = new SpinningRunner();
if (only is "" or "products")
{
    long hash = new ProductBench(runner.AsRunner(), seconds).Print(sizes);
    Console.WriteLine($"\nhash {hash:x16}\n");
}

if (only is "" or "skinny")
{
    new SkinnyBench(seconds).Print();
    Console.WriteLine();
}

if (only is "" or "factors")
{
    new FactorBench(seconds).Print([100, 200, 300, 500, 700, 1000]);
}

if (only is "" or "networks")
{
    Console.WriteLine();
    new NetworkBench(seconds).Print();
}

if (only is "" or "selectors")
{
    Console.WriteLine();
    new SelectorBench(seconds).Print();
}

string Argument(string name, string otherwise)
{
    int at = Array.IndexOf(args, name);
    return at < 0 ? otherwise : args[at + 1];
}
