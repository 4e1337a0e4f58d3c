using Pipeline.Stages.Numerics;
using Pipeline.Stages.Splitting;

namespace Pipeline.Stages.Models.Pls.Direct;

/// <content>One fit between the passes.</content>
internal sealed partial class DirectPls<T, TElement>
{
    /// <summary>The components of one fit, one per row, and what the next pass needs of it.</summary>
    private sealed class Fit : IDisposable
    {
        private readonly DirectPls<T, TElement> _wave;
        private readonly int _number;
        private readonly int _componentsMax;
        private readonly Role[] _roles;
        private readonly int _splitNumber;
        private readonly int _group;
        private readonly ScratchMatrix _covariance;
        private readonly ScratchMatrix _loadings;
        private readonly ScratchMatrix _rotations;
        private readonly ScratchMatrix _weights;
        private readonly double[] _heldOut;
        private readonly double[] _along;
        private readonly double[] _covarianceAlong;
        private readonly double[] _direction;
        private readonly double[] _yLoadings;
        private readonly double[] _scoreSquares;
        private double _offset;
        private double _xNorm;
        private double _covarianceMin;
        private double _rotationNorm;
        private int _found;

        public Fit(DirectPls<T, TElement> wave, int number)
        {
            _wave = wave;
            _number = number;
            PlsQuestion question = wave._question;
            Id = wave._ids[number];
            FoldSplit split = question.Splits[question.SplitOf(Id)];
            _splitNumber = Array.IndexOf(wave._splits, question.SplitOf(Id));
            _roles = wave._roles[_splitNumber];
            _group = Array.FindIndex(wave._groups, group => group.Fits.Contains(number));
            int q = question.ResponsesPerFit;
            int width = wave._width;
            _componentsMax = wave._responses.ComponentsMax(Id, wave._x.Columns);
            _covariance = new ScratchMatrix(q, width);
            _loadings = new ScratchMatrix(_componentsMax, width);
            _rotations = new ScratchMatrix(_componentsMax, width);
            _weights = new ScratchMatrix(question.WantsCoefficients ? _componentsMax : 1, width);
            _heldOut = new double[question.Folds.HeldOut(split.HeldOut).Length];
            _along = new double[_componentsMax];
            _covarianceAlong = new double[q];
            _direction = new double[q];
            _yLoadings = new double[_componentsMax * q];
            _scoreSquares = new double[_componentsMax];
            ScoreSquares = new double[wave._pieceCount];
        }

        /// <summary>Whether the fit goes on with the next pass.</summary>
        public bool IsActive { get; private set; }

        /// <summary>tᵀt of each piece.</summary>
        public double[] ScoreSquares { get; }

        private int Id { get; }

        private ReadOnlySpan<double> Means => _wave._means.View.Row(_splitNumber);

        public void Dispose()
        {
            _covariance.Dispose();
            _loadings.Dispose();
            _rotations.Dispose();
            _weights.Dispose();
        }

        /// <summary>After the first pass: S of the fit, its norms, and the first rotation.</summary>
        public void Begin()
        {
            _wave._answers.Begin(Id, _wave._responses);
            if (_componentsMax == 0)
            {
                return;
            }

            int q = _covariance.View.Rows;
            for (int l = 0; l < q; l++)
            {
                _wave.Collect(_wave.ResponsesStart + (_number * q) + l, _covariance.Span.Row(l));
                Divide(_covariance.Span.Row(l));
            }

            _xNorm = Math.Sqrt(SquaredNorm());
            _covarianceMin = KernelPls.CovarianceMin * _xNorm * Math.Sqrt(_wave._responses.SquaredNorm(Id));
            IsActive = TryTurn();
        }

        /// <summary>Takes the scores of rows of one piece: the mean off, held-out ones apart, for the sum only those of calibration rows.</summary>
        public void Take(int piece, int first, int height, Span<double> scores)
        {
            double squares = ScoreSquares[piece];
            for (int r = 0; r < Height; r++)
            {
                ref double score = ref scores[r * Width];
                Role role = r < height ? _roles[first + r] : Role.None;
                if (role == Role.Calibration)
                {
                    score -= _offset;
                    squares = Math.FusedMultiplyAdd(score, score, squares);
                    continue;
                }

                if (role == Role.HeldOut)
                {
                    _heldOut[_wave._placeInFold[first + r]] = score - _offset;
                }

                score = 0;
            }

            ScoreSquares[piece] = squares;
        }

        /// <summary>After a pass: the component it has computed, and the next rotation.</summary>
        public void Advance()
        {
            if (!IsActive)
            {
                return;
            }

            double tTt = 0;
            foreach (double squares in ScoreSquares)
            {
                tTt += squares;
            }

            IsActive = false;
            if (Math.Sqrt(tTt) <= KernelPls.ScoreMin * _xNorm * _rotationNorm)
            {
                return;
            }

            // Step 4 and 5 of the algorithm: the loading, and the covariance less what it explains.
            Span<double> loading = _loadings.Span.Row(_found);
            _wave.Collect(_number, loading);
            Divide(loading);
            Products.Scale(1 / tTt, loading);
            int q = _covarianceAlong.Length;
            Span<double> yLoadings = _yLoadings.AsSpan(_found * q, q);
            for (int l = 0; l < q; l++)
            {
                yLoadings[l] = _covarianceAlong[l] / tTt;
                Products.Axpy(-_covarianceAlong[l], loading, _covariance.Span.Row(l));
            }

            _wave._answers.Add(Id, _heldOut, yLoadings);
            _scoreSquares[_found++] = tTt;
            IsActive = _found < _componentsMax && TryTurn();
        }

        /// <summary>Hands out regression vectors and importance.</summary>
        public void Keep()
        {
            int p = _wave._x.Columns;
            int A = _wave._question.Components;
            int q = _covarianceAlong.Length;
            var coefficients = new Matrix[q];
            double[][] intercepts = new double[q][];
            for (int l = 0; l < q; l++)
            {
                coefficients[l] = new Matrix(A, p);
                intercepts[l] = new double[A];
                KeepResponse(l, coefficients[l], intercepts[l]);
            }

            var importance = new Matrix(A, p);
            double[] explained = new double[_found];
            for (int a = 0; a < _found; a++)
            {
                ReadOnlySpan<double> loadings = _yLoadings.AsSpan(a * q, q);
                explained[a] = Products.Dot(loadings, loadings) * _scoreSquares[a];
            }

            for (int a = 0; a < _found; a++)
            {
                KernelPls.CopyImportance(_weights.View.RowBand(0, a + 1), explained, importance.Row(a));
            }

            _wave._answers.Keep(Id, coefficients, intercepts, importance);
        }

        private void KeepResponse(int l, Matrix coefficients, double[] intercepts)
        {
            int p = _wave._x.Columns;
            int q = _covarianceAlong.Length;
            double[] b = new double[_wave._width];
            double[] mean = new double[_wave._width];
            Products.Axpy(1, _wave._references.View.Row(_group), mean);
            Products.Axpy(1, Means, mean);
            for (int a = 0; a < _found; a++)
            {
                double[] r = _rotations.View.Row(a).ToArray();
                Divide(r);
                Products.Axpy(_yLoadings[(a * q) + l], r, b);
                b.AsSpan(0, p).CopyTo(coefficients.Row(a));
                intercepts[a] = _wave._responses.Mean(Id, l) - Products.Dot(mean, b);
            }

            // Beyond the rank nothing is added.
            intercepts.AsSpan(_found).Fill(_found == 0 ? _wave._responses.Mean(Id, l) : intercepts[_found - 1]);
            for (int a = Math.Max(1, _found); a < intercepts.Length; a++)
            {
                coefficients.Row(a - 1).CopyTo(coefficients.Row(a));
            }
        }

        /// <summary>Divides by the deviations, where the split does.</summary>
        private void Divide(Span<double> vector)
        {
            if (!_wave._question.Autoscales)
            {
                return;
            }

            ReadOnlySpan<double> scales = _wave._scales.View.Row(_splitNumber);
            for (int j = 0; j < vector.Length; j++)
            {
                vector[j] *= scales[j];
            }
        }

        /// <summary>‖X‖² of the calibration rows, centred and divided.</summary>
        private double SquaredNorm()
        {
            double n = _wave._responses.CalibrationCount(_wave._splits[_splitNumber]);
            if (_wave._question.Autoscales)
            {
                // A variable that varies has n - 1 as its square, the others are 0.
                double sum = 0;
                double[] squares = new double[_wave._width];
                _wave.Collect(_wave.SquaresStart + _splitNumber, squares);
                foreach (double square in squares)
                {
                    sum += square == 0 ? 0 : n - 1;
                }

                return sum;
            }

            ReadOnlySpan<double> norms = _wave._norms.View.Row(_group);
            double total = 0;
            for (int i = 0; i < norms.Length; i++)
            {
                total += _roles[i] == Role.Calibration ? norms[i] : 0;
            }

            return Math.Max(0, total - (n * Products.Dot(Means, Means)));
        }

        /// <summary>Steps 2 and 3: weight and rotation of the next component, and its product with the mean.</summary>
        private bool TryTurn()
        {
            Span<double> w = _weights.Span.Row(_weights.View.Rows > 1 ? _found : 0);
            double norm = Weight(w);
            if (norm <= _covarianceMin)
            {
                return false;
            }

            Products.Scale(1 / norm, w);
            Span<double> r = _rotations.Span.Row(_found);
            Span<double> along = _along.AsSpan(0, _found);
            Products.Project(_loadings.View.RowBand(0, _found), w, along);
            Products.TransposedTimes(_rotations.View.RowBand(0, _found), along, r);
            RowKernels.Subtract(w, r, r);

            Products.Project(_covariance.View, r, _covarianceAlong);
            double alongWeight = Products.Dot(_covarianceAlong, _direction);
            if (Math.Abs(alongWeight - norm) > KernelPls.CovarianceErrorMax * norm)
            {
                return false;
            }

            _rotationNorm = Math.Sqrt(Products.Dot(r, r));
            Span<double> projected = _wave._projected.Span.Row(_number);
            r.CopyTo(projected);
            Divide(projected);
            _offset = Products.Dot(projected, Means);
            return true;
        }

        /// <summary>w = S v for the v of unit length that makes it longest, and its length.</summary>
        private double Weight(Span<double> w)
        {
            MatrixView S = _covariance.View;
            if (S.Rows == 1)
            {
                _direction[0] = 1;
                S.Row(0).CopyTo(w);
            }
            else
            {
                var products = new Matrix(S.Rows, S.Rows);
                for (int l = 0; l < S.Rows; l++)
                {
                    Products.Project(S, S.Row(l), products.Row(l));
                }

                DominantVector.Find(products.View, _direction);
                Products.TransposedTimes(S, _direction, w);
            }

            return Math.Sqrt(Products.Dot(w, w));
        }
    }
}
