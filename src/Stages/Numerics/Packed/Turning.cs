namespace Pipeline.Stages.Numerics.Packed;

/// <summary>Turns matrices over, block by block, so that each cache line is read and written once.</summary>
internal static unsafe class Turning
{
    private const int Block = TransposedBlock.Size;

    /// <summary>target(j, i) = source(i, j) for a source of some rows and columns.</summary>
    public static void Copy(double* source, nint sourceStep, int rows, int columns, double* target, nint targetStep)
    {
        // A strip of eight rows of the target is filled from left to right; its lines stay in the first cache.
        for (int j = 0; j < columns; j += Block)
        {
            int width = Math.Min(Block, columns - j);
            for (int i = 0; i < rows; i += Block)
            {
                CopyBlock(
                    source + (i * sourceStep) + j, sourceStep, Math.Min(Block, rows - i), width, target + (j * targetStep) + i, targetStep);
            }
        }
    }

    /// <summary>Copies what lies below the diagonal of an n × n matrix to above it.</summary>
    public static void Mirror(double* values, nint step, int n)
    {
        for (int j = 0; j < n; j += Block)
        {
            int width = Math.Min(Block, n - j);
            for (int row = j; row < j + width; row++)
            {
                for (int column = j; column < row; column++)
                {
                    values[(column * step) + row] = values[(row * step) + column];
                }
            }

            for (int i = j + width; i < n; i += Block)
            {
                CopyBlock(values + (i * step) + j, step, Math.Min(Block, n - i), width, values + (j * step) + i, step);
            }
        }
    }

    private static void CopyBlock(double* source, nint sourceStep, int rows, int columns, double* target, nint targetStep)
    {
        if (rows == Block && columns == Block && TransposedBlock.IsSupported)
        {
            TransposedBlock.Copy(source, sourceStep, target, targetStep);
            return;
        }

        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                target[(j * targetStep) + i] = source[(i * sourceStep) + j];
            }
        }
    }
}
